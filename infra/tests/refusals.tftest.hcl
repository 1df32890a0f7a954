# All of this is refused at plan, with a sentence; the comment says what is wrong with the value. A rule that reads
# a second variable is asked only where that one is good, hence more runs than one. What is refused of one
# region's service: modules/endpoint/tests.

mock_provider "google" {}

variables {
  project = "my-project"
  regions = ["us-central1"]
  image   = "yolo-endpoint:1.0"
  keys    = { hashes = ["sha256:2c70e12b7a0646f92279f427c7b38e7334d8e5389cff167a1dc30e73f826b683"] }
}

run "one_wrong_value_in_each" {
  command = plan
  variables {
    project         = "123456789012"                 # the number, not the id
    regions         = ["us-central1", "us-central9"] # the second is nowhere
    name            = "yolo-endpoint-of-all-cameras" # no room for -runtime in an account's id
    repositories    = ["mars"]                       # nowhere
    model_store     = "s3://weights"                 # the other cloud
    env             = { API_KEYS = "word" }          # has a variable of its own
    labels          = { Team = "vision" }            # a capital
    invokers        = ["me@example.com"]             # a user, a group, a service account?
    ingress         = "public"                       # no such
    service_account = "me@example.com"               # a person
    quota           = { limit = "1000" }             # no period
  }
  expect_failures = [
    var.project, var.regions, var.name, var.repositories, var.model_store, var.env,
    var.labels, var.invokers, var.ingress, var.service_account, var.quota,
  ]
}

run "another_in_each" {
  command = plan
  variables {
    image       = "yolo-endpoint"                                          # no tag
    model_store = "gs://weights/a\"b"                                      # a quote would end the condition
    overrides   = { us-east1 = { max = 1 } }                               # not among the regions
    env         = { max_body_mb = "5" }                                    # small letters
    keys        = { hashes = ["my-key"] }                                  # the key itself
    ingress     = "load_balancer"                                          # there is none: no way in
    vpc         = { network = "n", subnetworks = { us-east1 = "s" } }      # no subnetwork in us-central1
    quota       = { limit = "1/second", store = "redis://:word@10.0.0.5" } # a password for the state
  }
  expect_failures = [
    var.image, var.model_store, var.overrides, var.env, var.keys, var.ingress,
    var.vpc, var.quota,
  ]
}

run "a_third_in_some" {
  command = plan
  variables {
    regions       = ["us-central1", "us-central1"] # twice
    repositories  = []
    image         = "yolo-endpoint:1.0"                                                                                       # in a repository that is not made
    model_store   = "gs://"                                                                                                   # no bucket
    keys          = { hashes = ["sha256:2c70e12b7a0646f92279f427c7b38e7334d8e5389cff167a1dc30e73f826b683"], secret = "keys" } # from two places
    quota         = { limit = "1/second", store = "redis://10.0.0.5", redis = {} }                                            # two stores
    load_balancer = { domains = [] }                                                                                          # none
  }
  expect_failures = [
    var.regions, var.image, var.model_store, var.keys, var.quota, var.load_balancer,
  ]
}

run "no_region_and_no_file" {
  command = plan
  variables {
    load_balancer = { domains = ["x.org"], log_share = 1.5 }                                                              # more than all
    regions       = []                                                                                                    # none
    keys          = { hashes = ["sha256:2c70e12b7a0646f92279f427c7b38e7334d8e5389cff167a1dc30e73f826b683"], file = true } # hashes are no file
  }
  expect_failures = [
    var.regions, var.keys, var.load_balancer,
  ]
}

run "secret_by_its_version" {
  command = plan
  variables {
    keys = { secret = "projects/p/secrets/keys/versions/1" }
  }
  expect_failures = [var.keys]
}

run "no_such_version" {
  command = plan
  variables {
    keys = { secret = "keys", version = "newest" }
  }
  expect_failures = [var.keys]
}

run "keys_though_anonymous" {
  command = plan
  variables {
    allow_anonymous = true
    keys            = { hashes = ["sha256:2c70e12b7a0646f92279f427c7b38e7334d8e5389cff167a1dc30e73f826b683"] } # one of the two is too much
  }
  expect_failures = [var.keys]
}

run "anyone_without_a_key" {
  command = plan
  variables {
    keys = {} # the invokers are allUsers
  }
  expect_failures = [var.keys]
}

run "any_account_without_a_key" {
  command = plan
  variables {
    invokers = ["allAuthenticatedUsers"]
    keys     = {} # anyone has a Google account
  }
  expect_failures = [var.keys]
}

run "domain_with_a_scheme" {
  command = plan
  variables {
    load_balancer = { domains = ["https://yolo.example.com"] }
  }
  expect_failures = [var.load_balancer]
}

run "uptime_of_what_is_closed" {
  command = plan
  variables {
    ingress       = "internal"
    observability = { uptime = {} } # nothing reaches it from the internet
  }
  expect_failures = [var.observability]
}

run "uptime_of_a_sleeping_gpu" {
  command = plan
  variables {
    regions       = ["europe-west4"]
    service       = { gpu = "nvidia-l4" }
    observability = { uptime = {} } # wakes it day and night
  }
  expect_failures = [var.observability]
}
