output "url" {
  description = "HTTPS address of the service, or null."
  value       = one(google_cloud_run_v2_service.this[*].uri)
}

output "service" {
  description = "Name, region, id and limits of the service, or null."
  value = one([for service in google_cloud_run_v2_service.this : {
    name        = service.name
    region      = service.location
    id          = service.id
    min         = var.scaling.min
    max         = var.scaling.max
    concurrency = var.scaling.concurrency
  }])
}
