mock_provider "google" {
  mock_resource "google_redis_instance" {
    defaults = { host = "10.20.0.3", port = 6379, auth_string = "a/b" }
  }
}

variables {
  project = "project"
  name    = "yolo-quota"
  region  = "europe-west4"
  network = "projects/project/global/networks/yolo"
  reader  = "serviceAccount:yolo-runtime@project.iam.gserviceaccount.com"
}

run "small" {
  assert {
    condition     = google_redis_instance.this.auth_enabled && google_redis_instance.this.tier == "BASIC" && google_redis_instance.this.memory_size_gb == 1
    error_message = "The smallest there is, with a password."
  }
  assert {
    condition     = google_secret_manager_secret_version.address.secret_data == "redis://:a%2Fb@10.20.0.3:6379/0"
    error_message = "The password is escaped: it stands in a URL."
  }
  assert {
    condition     = google_secret_manager_secret_iam_member.reader.role == "roles/secretmanager.secretAccessor" && google_secret_manager_secret_iam_member.reader.member == var.reader
    error_message = "The service reads the address, and nobody else."
  }
  assert {
    condition     = output.secret.secret == "yolo-quota-europe-west4"
    error_message = "Each region has an address of its own."
  }
}

run "highly_available" {
  command = plan
  variables {
    highly_available = true
  }
  assert {
    condition     = google_redis_instance.this.tier == "STANDARD_HA"
    error_message = "A copy in a second zone."
  }
}

run "no_size" {
  command = plan
  variables {
    memory_gib = 0
  }
  expect_failures = [var.memory_gib]
}

run "name_in_capitals" {
  command = plan
  variables {
    name = "Quota"
  }
  expect_failures = [var.name]
}
