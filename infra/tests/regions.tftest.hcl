mock_provider "google" {
  mock_resource "google_service_account" {
    defaults = { email = "yolo-endpoint-runtime@my-project.iam.gserviceaccount.com" }
  }
  mock_data "google_project" {
    defaults = { number = "123456789012" }
  }
}

variables {
  project     = "my-project"
  regions     = ["us-central1", "europe-west4"]
  model_store = "gs://my-weights/yolo/models"
  image       = "yolo-endpoint:1.0"
  keys        = { hashes = ["sha256:2c70e12b7a0646f92279f427c7b38e7334d8e5389cff167a1dc30e73f826b683"] }
}

run "before_there_is_an_image" {
  command = plan
  variables {
    image = null
  }
  assert {
    condition     = keys(google_artifact_registry_repository.this) == ["us-central1"] && length(output.urls) == 0 && length(output.services) == 0
    error_message = "The first apply makes the place to push to, and no service."
  }
  assert {
    condition     = length(setsubtract(["cloudresourcemanager", "cloudbuild", "run"], keys(google_project_service.this))) == 0
    error_message = "What enables the others, builds the image and runs it."
  }
}

run "two_regions" {
  assert {
    condition     = toset(keys(output.urls)) == toset(["us-central1", "europe-west4"])
    error_message = "A service in each region."
  }
  assert {
    condition     = toset(values(local.images)) == toset(["us-central1-docker.pkg.dev/my-project/yolo-endpoint/yolo-endpoint:1.0"])
    error_message = "Both pull from the one repository."
  }
  assert {
    condition     = alltrue([for api in google_project_service.this : !api.disable_on_destroy])
    error_message = "What others may use stays enabled."
  }
  assert {
    condition = jsonencode(local.env) == jsonencode({
      GOOGLE_CLOUD_PROJECT = "my-project"
      MODEL_STORE          = "gs://my-weights/yolo/models"
      API_KEYS             = "sha256:2c70e12b7a0646f92279f427c7b38e7334d8e5389cff167a1dc30e73f826b683"
    })
    error_message = "The container is told what it needs, and no more."
  }
  assert {
    condition     = local.urls["europe-west4"] == "https://yolo-endpoint-123456789012.europe-west4.run.app"
    error_message = "The address is known before the service is."
  }
}

run "closed_addresses_are_told_to_nobody" {
  command = plan
  variables {
    ingress = "internal"
  }
  assert {
    condition     = !local.sisters && length(data.google_project.this) == 0
    error_message = "The services' own addresses are closed, so that SISTER_URLS would name what does not answer."
  }
}

run "one_region_more" {
  command = plan
  variables {
    regions      = ["us-central1", "europe-west4", "asia-south1"]
    repositories = ["us-central1", "europe-west4"]
    overrides    = { asia-south1 = { cpu = 4, memory_gib = 8, max = 1 } }
  }
  assert {
    condition = jsonencode(local.images) == jsonencode({
      us-central1  = "us-central1-docker.pkg.dev/my-project/yolo-endpoint/yolo-endpoint:1.0"
      europe-west4 = "europe-west4-docker.pkg.dev/my-project/yolo-endpoint/yolo-endpoint:1.0"
      asia-south1  = "us-central1-docker.pkg.dev/my-project/yolo-endpoint/yolo-endpoint:1.0"
    })
    error_message = "Each pulls from its own region's repository, else from the first."
  }
  assert {
    condition     = local.settings["asia-south1"].max == 1 && local.settings["asia-south1"].timeout_s == 300 && local.settings["us-central1"].max == 3
    error_message = "An override changes what it names, there."
  }
}

run "image_from_elsewhere" {
  command = plan
  variables {
    repositories = []
    image        = "europe-docker.pkg.dev/other/yolo/endpoint@sha256:2c70e12b7a0646f92279f427c7b38e7334d8e5389cff167a1dc30e73f826b683"
  }
  assert {
    condition     = length(google_artifact_registry_repository.this) == 0 && output.image_repository == null
    error_message = "No repository is made for it."
  }
}

run "reads_below_the_prefix_alone" {
  command = plan
  assert {
    condition     = google_storage_bucket_iam_member.weights[0].role == "roles/storage.objectViewer" && google_storage_bucket_iam_member.weights[0].bucket == "my-weights"
    error_message = "The container reads this bucket."
  }
  assert {
    condition     = strcontains(google_storage_bucket_iam_member.weights[0].condition[0].expression, "startsWith(\"projects/_/buckets/my-weights/objects/yolo/models/\")")
    error_message = "Below the prefix, and nothing beside it."
  }
}

run "a_whole_bucket" {
  command = plan
  variables {
    model_store = "gs://my-weights/"
  }
  assert {
    condition     = length(google_storage_bucket_iam_member.weights[0].condition) == 0
    error_message = "A bucket that is the store needs no condition."
  }
}

run "built_in_weights" {
  command = plan
  variables {
    model_store = null
  }
  assert {
    condition     = length(google_storage_bucket_iam_member.weights) == 0 && !contains(keys(local.env), "MODEL_STORE")
    error_message = "They lie in the image."
  }
}
