output "url" {
  description = "HTTPS address of the service."
  value       = google_cloud_run_v2_service.this.uri
}

output "service" {
  description = "Name, region, id and limits of the service."
  value = {
    name        = google_cloud_run_v2_service.this.name
    region      = google_cloud_run_v2_service.this.location
    id          = google_cloud_run_v2_service.this.id
    min         = var.scaling.min
    max         = var.scaling.max
    concurrency = var.scaling.concurrency
  }
}
