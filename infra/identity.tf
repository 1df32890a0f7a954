# The account that the container runs as, what it may read, and the APIs that all of this needs.

locals {
  service_account = var.service_account != null ? var.service_account : google_service_account.runtime[0].email
  runtime         = "serviceAccount:${local.service_account}"

  bucket = var.model_store == null ? null : split("/", var.model_store)[2]
  prefix = var.model_store == null ? "" : trim(join("/", slice(split("/", var.model_store), 3, length(split("/", var.model_store)))), "/")

  apis = concat(
    ["cloudresourcemanager", "run", "artifactregistry", "cloudbuild", "iam", "storage"],
    var.keys.secret != null || local.redis ? ["secretmanager"] : [],
    var.load_balancer != null || var.vpc != null || local.redis ? ["compute"] : [],
    local.redis ? ["redis"] : [],
    ["monitoring"],
  )
}

resource "google_project_service" "this" {
  for_each           = var.enable_apis ? toset(local.apis) : toset([])
  project            = var.project
  service            = "${each.value}.googleapis.com"
  disable_on_destroy = false # others in the project may use them
}

resource "google_service_account" "runtime" {
  count        = var.service_account == null ? 1 : 0
  project      = var.project
  account_id   = "${var.name}-runtime"
  display_name = "What ${var.name} runs as"
  depends_on   = [google_project_service.this]
}

resource "google_storage_bucket_iam_member" "weights" {
  count  = var.model_store == null ? 0 : 1
  bucket = local.bucket
  role   = "roles/storage.objectViewer"
  member = local.runtime

  # Reading only below the prefix. Listing is asked of the bucket, so names outside it can be seen, contents cannot.
  dynamic "condition" {
    for_each = local.prefix == "" ? [] : [local.prefix]
    content {
      title      = "models-only"
      expression = "resource.name == \"projects/_/buckets/${local.bucket}\" || resource.name.startsWith(\"projects/_/buckets/${local.bucket}/objects/${condition.value}/\")"
    }
  }
}

resource "google_secret_manager_secret_iam_member" "keys" {
  count     = var.keys.secret == null ? 0 : 1
  project   = startswith(var.keys.secret, "projects/") ? split("/", var.keys.secret)[1] : var.project
  secret_id = reverse(split("/", var.keys.secret))[0]
  role      = "roles/secretmanager.secretAccessor"
  member    = local.runtime
}
