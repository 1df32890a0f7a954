output "address" {
  description = "IPv4 address that the domains' A records name."
  value       = google_compute_global_address.this.address
}

output "urls" {
  description = "HTTPS address of each domain."
  value       = [for domain in var.domains : "https://${domain}"]
}

output "certificate" {
  description = "Name of the managed certificate; its status tells whether the domains point here yet."
  value       = google_compute_managed_ssl_certificate.this.name
}
