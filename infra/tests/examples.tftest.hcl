# Each example, applied. The one for Lambda stands in aws/tests: it needs the other provider.

mock_provider "google" {
  mock_resource "google_service_account" {
    defaults = { email = "yolo-endpoint-runtime@my-project.iam.gserviceaccount.com" }
  }
  mock_resource "google_cloud_run_v2_service" {
    defaults = { uri = "https://yolo-endpoint-123456789012.region.run.app" }
  }
  mock_resource "google_compute_global_address" {
    defaults = { address = "203.0.113.7" }
  }
  mock_resource "google_redis_instance" {
    defaults = { host = "10.20.0.3", port = 6379, auth_string = "word" }
  }
  mock_data "google_project" {
    defaults = { number = "123456789012" }
  }
}

variables {
  project     = "my-project"
  image       = "yolo-endpoint:1.0"
  model_store = "gs://my-weights/models"
  key_hash    = "sha256:2c70e12b7a0646f92279f427c7b38e7334d8e5389cff167a1dc30e73f826b683"
  email       = "ops@example.com"
  caller      = "camera@my-project.iam.gserviceaccount.com"
  secret      = "yolo-keys"
  domain      = "yolo.example.com"
}

run "minimal" {
  module {
    source = "./examples/minimal"
  }
  assert {
    condition     = output.urls == { us-central1 = "https://yolo-endpoint-123456789012.region.run.app" }
    error_message = "One region, one address."
  }
  assert {
    condition     = startswith(output.curl["us-central1"], "curl -H 'Authorization: Bearer '$API_KEY -F file=@")
    error_message = "The line shows the key."
  }
  assert {
    condition     = output.image_repository == "us-central1-docker.pkg.dev/my-project/yolo-endpoint"
    error_message = "The repository to push to."
  }
}

run "gpu" {
  module {
    source = "./examples/gpu"
  }
  assert {
    condition     = output.services["europe-west4"].max == 1 && output.services["europe-southwest1"].max == 2
    error_message = "One GPU at most, two instances beside it."
  }
}

run "two_regions" {
  module {
    source = "./examples/two_regions"
  }
  assert {
    condition     = toset(keys(output.urls)) == toset(["us-central1", "europe-west4"]) && toset(keys(output.image_repositories)) == toset(keys(output.urls))
    error_message = "Two regions, with a repository each."
  }
}

run "private" {
  module {
    source = "./examples/private"
  }
  assert {
    condition     = strcontains(output.curl["europe-west3"], "X-Serverless-Authorization: Bearer '$(gcloud auth print-identity-token)")
    error_message = "IAM's token goes beside the key, not in its place."
  }
}

run "load_balancer" {
  module {
    source = "./examples/load_balancer"
  }
  assert {
    condition     = output.load_balancer.address == "203.0.113.7"
    error_message = "The address for the domain's record."
  }
  assert {
    condition     = alltrue([for line in values(output.curl) : endswith(line, "https://yolo.example.com/predict")])
    error_message = "The regions' own addresses are closed."
  }
}
