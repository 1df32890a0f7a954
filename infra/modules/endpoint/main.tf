# One region's Cloud Run service and who may call it.

locals {
  facts = jsondecode(file("${path.module}/../../regions.json"))[var.region]
  # vCPUs that an instance may have, and GiB that it has unless told otherwise, by GPU.
  sizes = {
    none                = { cpus = [2, 1, 4, 6, 8], memory = 4 }
    nvidia-l4           = { cpus = [4, 6, 8], memory = 16 }
    nvidia-rtx-pro-6000 = { cpus = [20, 22, 24, 26, 28, 30], memory = 80 }
  }
  # GiB that fit with as many vCPUs; with a GPU no less than it has by default.
  room = merge({
    1 = { low = 0.5, high = 4 }
    2 = { low = 0.5, high = 8 }
    4 = { low = 2, high = 16 }
    6 = { low = 4, high = 24 }
    8 = { low = 4, high = 32 }
  }, { for cpu in local.sizes.nvidia-rtx-pro-6000.cpus : cpu => { low = 80, high = 177 } })
  size   = try(local.sizes[coalesce(var.gpu, "none")], local.sizes["none"])
  cpu    = coalesce(var.cpu, local.size.cpus[0])
  memory = coalesce(var.memory_gib, local.size.memory)
  ingress = {
    all           = "INGRESS_TRAFFIC_ALL"
    internal      = "INGRESS_TRAFFIC_INTERNAL_ONLY"
    load_balancer = "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER"
  }
  # Files lie in memory, so weights count twice: as a file and loaded. A quarter leaves half to requests.
  env = merge({ CACHE_MB = tostring(floor(local.memory * 256)) }, var.env)
  # Volumes' names: letters, digits and hyphens.
  volumes = { for folder, secret in var.secret_files : trim(replace(folder, "/", "-"), "-") => merge(secret, { folder = folder }) }
}

resource "google_cloud_run_v2_service" "this" {
  count               = var.image == null ? 0 : 1
  project             = var.project
  name                = var.name
  location            = var.region
  ingress             = local.ingress[var.ingress]
  labels              = var.labels
  deletion_protection = var.deletion_protection

  # The limits stand in the template: here they would be cleared by a stop, which is a change of this block.
  scaling {}

  template {
    service_account                  = var.service_account
    timeout                          = "${var.timeout_s}s"
    max_instance_request_concurrency = var.scaling.concurrency
    execution_environment            = "EXECUTION_ENVIRONMENT_GEN2"
    gpu_zonal_redundancy_disabled    = var.gpu == null ? null : !var.gpu_zonal_redundancy
    labels                           = var.labels

    scaling {
      min_instance_count = var.scaling.min
      max_instance_count = var.scaling.max
    }

    dynamic "node_selector" {
      for_each = var.gpu == null ? [] : [var.gpu]
      content {
        accelerator = node_selector.value
      }
    }

    dynamic "vpc_access" {
      for_each = var.vpc == null ? [] : [var.vpc]
      content {
        egress = vpc_access.value.egress
        network_interfaces {
          network    = vpc_access.value.network
          subnetwork = vpc_access.value.subnetwork
        }
      }
    }

    dynamic "volumes" {
      for_each = local.volumes
      content {
        name = volumes.key
        secret {
          secret = volumes.value.secret
          items {
            version = volumes.value.version
            path    = volumes.value.file
          }
        }
      }
    }

    containers {
      image = var.image

      ports {
        container_port = 8080
      }

      resources {
        limits = merge(
          { cpu = tostring(local.cpu), memory = floor(local.memory) == local.memory ? "${local.memory}Gi" : "${local.memory * 1024}Mi" },
          var.gpu == null ? {} : { "nvidia.com/gpu" = "1" },
        )
        # Paid for while a request runs; with a GPU Cloud Run knows only the instance's whole life.
        cpu_idle          = var.gpu == null
        startup_cpu_boost = true
      }

      dynamic "env" {
        for_each = local.env
        content {
          name  = env.key
          value = env.value
        }
      }

      dynamic "env" {
        for_each = var.secret_env
        content {
          name = env.key
          value_source {
            secret_key_ref {
              secret  = env.value.secret
              version = env.value.version
            }
          }
        }
      }

      dynamic "volume_mounts" {
        for_each = local.volumes
        content {
          name       = volume_mounts.key
          mount_path = volume_mounts.value.folder
        }
      }

      # Asked each second: what passes between readiness and the next probe is time of the cold start.
      startup_probe {
        period_seconds    = 1
        timeout_seconds   = 1
        failure_threshold = var.startup_s
        http_get {
          path = "/health"
        }
      }

      liveness_probe {
        period_seconds    = 30
        timeout_seconds   = 10
        failure_threshold = 3
        http_get {
          path = "/health"
        }
      }
    }
  }

  lifecycle {
    # A stopped endpoint has manual scaling with no instances; the next apply must not start it.
    # gcloud writes its own name and version into the other two.
    ignore_changes = [scaling[0].scaling_mode, scaling[0].manual_instance_count, client, client_version]
  }
}

resource "google_cloud_run_v2_service_iam_member" "invoker" {
  for_each = toset(var.image == null ? [] : var.invokers)
  project  = var.project
  location = var.region
  name     = google_cloud_run_v2_service.this[0].name
  role     = "roles/run.invoker"
  member   = each.value
}

moved {
  from = google_cloud_run_v2_service.this
  to   = google_cloud_run_v2_service.this[0]
}

check "gpu_is_open" {
  assert {
    condition     = var.gpu == null || try(local.facts.gpu[var.gpu], "") != "invitation"
    error_message = "${var.region} (${local.facts.city}) gives ${coalesce(var.gpu, "a GPU")} by invitation only: without one the deployment fails."
  }
}
