# A Redis instance that counts quotas for all instances of one region; its address is a secret, since the
# password is in it.

resource "google_redis_instance" "this" {
  # checkov:skip=CKV_GCP_97:TLS here needs the instance's own CA inside the container. The network holds this service alone, and a password is asked for.
  project            = var.project
  name               = var.name
  region             = var.region
  tier               = var.highly_available ? "STANDARD_HA" : "BASIC"
  memory_size_gb     = var.memory_gib
  redis_version      = "REDIS_7_2"
  authorized_network = var.network
  auth_enabled       = true
  labels             = var.labels
}

resource "google_secret_manager_secret" "address" {
  project   = var.project
  secret_id = "${var.name}-${var.region}"
  labels    = var.labels

  replication {
    user_managed {
      replicas {
        location = var.region
      }
    }
  }
}

resource "google_secret_manager_secret_version" "address" {
  secret = google_secret_manager_secret.address.id
  secret_data = format(
    "redis://:%s@%s:%d/0",
    urlencode(google_redis_instance.this.auth_string), google_redis_instance.this.host, google_redis_instance.this.port,
  )
}

resource "google_secret_manager_secret_iam_member" "reader" {
  project   = var.project
  secret_id = google_secret_manager_secret.address.secret_id
  role      = "roles/secretmanager.secretAccessor"
  member    = var.reader
}
