mock_provider "google" {
  mock_resource "google_service_account" {
    defaults = { email = "yolo-endpoint-runtime@my-project.iam.gserviceaccount.com" }
  }
  mock_resource "google_cloud_run_v2_service" {
    defaults = { uri = "https://yolo-endpoint-123456789012.europe-west3.run.app" }
  }
}

variables {
  project = "my-project"
  regions = ["europe-west3"]
  image   = "yolo-endpoint:1.0"
}

run "keys_from_a_secret" {
  variables {
    keys = { secret = "projects/other/secrets/keys", version = "4" }
  }
  assert {
    condition     = google_secret_manager_secret_iam_member.keys[0].project == "other" && google_secret_manager_secret_iam_member.keys[0].secret_id == "keys"
    error_message = "The container may read that secret, wherever it is."
  }
  assert {
    condition     = google_secret_manager_secret_iam_member.keys[0].member == "serviceAccount:yolo-endpoint-runtime@my-project.iam.gserviceaccount.com"
    error_message = "And nobody else is given it."
  }
  assert {
    condition     = !contains(keys(local.env), "API_KEYS") && !contains(keys(local.env), "ALLOW_ANONYMOUS")
    error_message = "No key stands in plain sight, and nobody goes without one."
  }
}

run "keys_in_a_file" {
  command = plan
  variables {
    keys = { secret = "keys", file = true }
  }
  assert {
    condition     = local.env["API_KEYS_FILE"] == "/keys/keys.json"
    error_message = "The server is told where."
  }
}

run "by_identity_alone" {
  variables {
    invokers = ["group:vision@example.com"]
  }
  assert {
    condition     = local.env["ALLOW_ANONYMOUS"] == "true"
    error_message = "IAM asks who calls; the server, without keys, would not start otherwise."
  }
  assert {
    condition     = output.curl["europe-west3"] == "curl -H 'X-Serverless-Authorization: Bearer '$(gcloud auth print-identity-token) -F file=@picture.jpg https://yolo-endpoint-123456789012.europe-west3.run.app/predict"
    error_message = "The line shows an identity, and no key."
  }
}

run "any_account_with_a_key" {
  variables {
    invokers = ["allAuthenticatedUsers"]
    keys     = { hashes = ["sha256:2c70e12b7a0646f92279f427c7b38e7334d8e5389cff167a1dc30e73f826b683"] }
  }
  assert {
    condition     = output.curl["europe-west3"] == "curl -H 'X-Serverless-Authorization: Bearer '$(gcloud auth print-identity-token) -H 'Authorization: Bearer '$API_KEY -F file=@picture.jpg https://yolo-endpoint-123456789012.europe-west3.run.app/predict"
    error_message = "IAM asks for an identity here too, and the endpoint for a key."
  }
}

run "open_to_all" {
  command = plan
  variables {
    allow_anonymous = true
  }
  assert {
    condition     = local.env["ALLOW_ANONYMOUS"] == "true"
    error_message = "It was asked for in so many words."
  }
}

run "account_of_ones_own" {
  command = plan
  variables {
    allow_anonymous = true
    service_account = "mine@my-project.iam.gserviceaccount.com"
  }
  assert {
    condition     = length(google_service_account.runtime) == 0 && output.service_account == "mine@my-project.iam.gserviceaccount.com"
    error_message = "No other is made."
  }
}

run "counted_in_redis" {
  command = plan
  variables {
    regions = ["europe-west3", "us-east1"]
    keys    = { secret = "keys" }
    quota   = { limit = "10/second;1000/day", redis = { highly_available = true } }
  }
  assert {
    condition     = toset(keys(module.redis)) == toset(["europe-west3", "us-east1"]) && toset(keys(google_compute_subnetwork.this)) == toset(["europe-west3", "us-east1"])
    error_message = "A counter and a subnetwork for each region."
  }
  assert {
    condition     = google_compute_subnetwork.this["europe-west3"].ip_cidr_range != google_compute_subnetwork.this["us-east1"].ip_cidr_range
    error_message = "Subnetworks do not overlap."
  }
  assert {
    condition     = contains(keys(google_project_service.this), "redis") && contains(keys(google_project_service.this), "compute")
    error_message = "The APIs it needs."
  }
  assert {
    condition     = local.env["QUOTA"] == "10/second;1000/day" && !contains(keys(local.env), "QUOTA_STORE")
    error_message = "The address is a secret: the password is in it."
  }
}

run "network_that_is_there" {
  command = plan
  variables {
    allow_anonymous = true
    quota           = { limit = "10/second", store = "redis://10.0.0.5:6379" }
    vpc             = { network = "projects/host/global/networks/shared", subnetworks = { europe-west3 = "projects/host/regions/europe-west3/subnetworks/run" } }
  }
  assert {
    condition     = length(google_compute_network.this) == 0 && length(module.redis) == 0 && local.env["QUOTA_STORE"] == "redis://10.0.0.5:6379"
    error_message = "Nothing is made beside it."
  }
}
