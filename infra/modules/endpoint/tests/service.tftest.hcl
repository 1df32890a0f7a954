mock_provider "google" {}

variables {
  project         = "project"
  name            = "yolo"
  region          = "europe-west4"
  image           = "europe-west4-docker.pkg.dev/project/yolo/endpoint:1"
  service_account = "yolo-runtime@project.iam.gserviceaccount.com"
}

run "by_default" {
  assert {
    condition     = google_cloud_run_v2_service.this[0].template[0].scaling[0].min_instance_count == 0
    error_message = "Nothing runs while nobody asks."
  }
  assert {
    condition     = google_cloud_run_v2_service.this[0].template[0].scaling[0].max_instance_count == 3
    error_message = "There is an end to what it may cost."
  }
  assert {
    condition = google_cloud_run_v2_service.this[0].template[0].containers[0].resources[0] == {
      limits = tomap({ cpu = "2", memory = "4Gi" }), cpu_idle = true, startup_cpu_boost = true
    }
    error_message = "Two vCPUs and 4 GiB, paid for by the request, more of them at the start."
  }
  assert {
    condition     = google_cloud_run_v2_service.this[0].template[0].execution_environment == "EXECUTION_ENVIRONMENT_GEN2"
    error_message = "Second generation."
  }
  assert {
    condition     = length(google_cloud_run_v2_service.this[0].template[0].node_selector) == 0
    error_message = "No GPU unless asked."
  }
  assert {
    condition = alltrue([
      google_cloud_run_v2_service.this[0].template[0].containers[0].startup_probe[0].http_get[0].path == "/health",
      google_cloud_run_v2_service.this[0].template[0].containers[0].liveness_probe[0].http_get[0].path == "/health",
      google_cloud_run_v2_service.this[0].template[0].containers[0].startup_probe[0].failure_threshold == 120,
    ])
    error_message = "Both probes ask /health; a start has two minutes."
  }
  assert {
    condition     = { for e in google_cloud_run_v2_service.this[0].template[0].containers[0].env : e.name => e.value } == { CACHE_MB = "1024" }
    error_message = "Loaded weights take a quarter of the memory."
  }
  assert {
    condition     = length(google_cloud_run_v2_service_iam_member.invoker) == 0
    error_message = "Nobody may call unless named."
  }
  assert {
    condition     = output.service.name == "yolo" && output.service.region == "europe-west4" && output.service.min == 0
    error_message = "The output tells what a start after a stop needs."
  }
}

run "with_a_gpu" {
  command = plan
  variables {
    gpu        = "nvidia-l4"
    cpu        = 8
    memory_gib = 32
  }
  assert {
    condition     = google_cloud_run_v2_service.this[0].template[0].node_selector[0].accelerator == "nvidia-l4"
    error_message = "The GPU is asked for."
  }
  assert {
    condition = google_cloud_run_v2_service.this[0].template[0].containers[0].resources[0] == {
      limits = tomap({ cpu = "8", memory = "32Gi", "nvidia.com/gpu" = "1" }), cpu_idle = false, startup_cpu_boost = true
    }
    error_message = "A GPU's instance is paid for as long as it lives; Cloud Run takes it no other way."
  }
  assert {
    condition     = google_cloud_run_v2_service.this[0].template[0].gpu_zonal_redundancy_disabled
    error_message = "No second zone unless asked: it has a quota and a price of its own."
  }
}

run "with_the_large_gpu" {
  command = plan
  variables {
    gpu = "nvidia-rtx-pro-6000"
  }
  assert {
    condition     = google_cloud_run_v2_service.this[0].template[0].containers[0].resources[0].limits == tomap({ cpu = "20", memory = "80Gi", "nvidia.com/gpu" = "1" })
    error_message = "It comes with no less than 20 vCPUs and 80 GiB."
  }
}

run "half_a_gibibyte" {
  command = plan
  variables {
    cpu        = 1
    memory_gib = 0.5
  }
  assert {
    condition     = google_cloud_run_v2_service.this[0].template[0].containers[0].resources[0].limits["memory"] == "512Mi"
    error_message = "Cloud Run knows no fractions of a Gi."
  }
}

run "with_secrets_and_a_network" {
  command = plan
  variables {
    ingress      = "internal"
    invokers     = ["group:vision@example.com", "serviceAccount:camera@project.iam.gserviceaccount.com"]
    vpc          = { network = "private", subnetwork = "private-1" }
    env          = { CACHE_MB = "512", DEFAULT_MODEL = "helmets" }
    secret_env   = { QUOTA_STORE = { secret = "store", version = "latest" } }
    secret_files = { "/keys" = { secret = "keys", version = "3", file = "keys.json" } }
  }
  assert {
    condition     = google_cloud_run_v2_service.this[0].ingress == "INGRESS_TRAFFIC_INTERNAL_ONLY"
    error_message = "The internet does not reach it."
  }
  assert {
    condition     = toset(keys(google_cloud_run_v2_service_iam_member.invoker)) == toset(var.invokers)
    error_message = "Those named may call, and no other."
  }
  assert {
    condition     = google_cloud_run_v2_service.this[0].template[0].vpc_access[0].egress == "PRIVATE_RANGES_ONLY"
    error_message = "Only private addresses go through the network."
  }
  assert {
    condition = alltrue([
      google_cloud_run_v2_service.this[0].template[0].volumes[0].secret[0].secret == "keys",
      google_cloud_run_v2_service.this[0].template[0].volumes[0].secret[0].items[0].path == "keys.json",
      google_cloud_run_v2_service.this[0].template[0].volumes[0].secret[0].items[0].version == "3",
      google_cloud_run_v2_service.this[0].template[0].containers[0].volume_mounts[0].mount_path == "/keys",
    ])
    error_message = "The file of keys is mounted."
  }
  assert {
    condition     = toset([for e in google_cloud_run_v2_service.this[0].template[0].containers[0].env : e.value if e.name == "CACHE_MB"]) == toset(["512"])
    error_message = "What the caller sets goes before what is set here."
  }
}
