# All of this is refused at plan, with a sentence; the comment says what is wrong with the value.

mock_provider "aws" {}

variables {
  key_hashes = ["sha256:2c70e12b7a0646f92279f427c7b38e7334d8e5389cff167a1dc30e73f826b683"]
}

run "one_wrong_value_in_each" {
  command = plan
  variables {
    name         = "Yolo"                             # a capital
    image        = "docker.io/me/yolo:1"              # from elsewhere
    model_store  = "gs://weights"                     # the other cloud
    architecture = "amd64"                            # x86_64 is its name here
    memory_mb    = 128                                # no room for weights
    disk_mb      = 20000                              # no such disk
    timeout_s    = 901                                # beyond a quarter of an hour
    concurrency  = -1                                 # null is none reserved
    env          = { AWS_REGION = "eu-central-1" }    # Lambda sets it
    log_days     = 8                                  # no such term
    key_hashes   = ["my-key"]                         # the key itself
    cors         = { origins = ["example.com/page"] } # no origin
    quota        = { limit = "1000" }                 # no period
  }
  expect_failures = [
    var.name, var.image, var.model_store, var.architecture, var.memory_mb, var.disk_mb,
    var.timeout_s, var.concurrency, var.env, var.log_days, var.key_hashes, var.cors,
    var.quota,
  ]
}

run "another_in_some" {
  command = plan
  variables {
    memory_mb = 3008.5                                                 # half a megabyte
    env       = { QUOTA = "1/hour" }                                   # has a variable of its own
    invokers  = ["*", "123456789012"]                                  # anyone and one more
    quota     = { limit = "1/hour", store = "redis://:word@10.0.0.5" } # a password for the state
    cors      = { origins = ["*"], max_age_s = 100000 }                # more than a day
  }
  expect_failures = [
    var.memory_mb, var.env, var.invokers, var.quota, var.cors,
  ]
}

run "no_such_invoker" {
  command = plan
  variables {
    invokers = ["me@example.com"]
  }
  expect_failures = [var.invokers]
}

run "anyone_without_a_key" {
  command = plan
  variables {
    key_hashes = [] # the invokers are *
  }
  expect_failures = [var.key_hashes]
}

run "keys_though_anonymous" {
  command = plan
  variables {
    allow_anonymous = true
    key_hashes      = ["sha256:2c70e12b7a0646f92279f427c7b38e7334d8e5389cff167a1dc30e73f826b683"] # one of the two is too much
  }
  expect_failures = [var.key_hashes]
}

run "keys_beside_signatures" {
  command = plan
  variables {
    invokers   = ["123456789012"]
    key_hashes = ["sha256:2c70e12b7a0646f92279f427c7b38e7334d8e5389cff167a1dc30e73f826b683"] # both want the Authorization header
  }
  expect_failures = [var.key_hashes]
}
