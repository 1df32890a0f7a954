# Where the container images lie.

locals {
  repositories = var.repositories == null ? [var.regions[0]] : var.repositories

  # The region's own repository where there is one: nearer, and no traffic between regions is paid for.
  images = { for region in var.regions : region => var.image == null ? null : strcontains(var.image, "/") ? var.image : join("/", [
    local.repository_urls[contains(local.repositories, region) ? region : local.repositories[0]], var.image,
  ]) }
  repository_urls = { for location, repository in google_artifact_registry_repository.this :
    location => "${repository.location}-docker.pkg.dev/${var.project}/${repository.repository_id}"
  }
}

resource "google_artifact_registry_repository" "this" {
  # checkov:skip=CKV_GCP_84:The images hold no data of the user's; Google's own keys encrypt them.
  for_each      = toset(local.repositories)
  project       = var.project
  location      = each.value
  repository_id = var.name
  description   = "Container images of ${var.name}"
  format        = "DOCKER"
  labels        = local.labels

  # What is stored is paid for, so what nobody runs goes: the ten newest stay, whatever their age.
  cleanup_policies {
    id     = "keep-the-newest"
    action = "KEEP"
    most_recent_versions {
      keep_count = 10
    }
  }
  cleanup_policies {
    id     = "delete-the-old"
    action = "DELETE"
    condition {
      older_than = "2592000s"
    }
  }

  depends_on = [google_project_service.this]
}
