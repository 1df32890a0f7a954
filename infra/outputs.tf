output "urls" {
  description = "Region -> HTTPS address of its endpoint."
  value       = { for region, host in local.hosts : region => "https://${host}" }
}

output "curl" {
  description = "Region -> a line that asks it: set API_KEY and give a picture."
  # Without double quotes, which Terraform would print with backslashes.
  value = { for region, host in local.hosts : region => join(" ", compact([
    "curl",
    local.public ? "" : "-H 'X-Serverless-Authorization: Bearer '$(gcloud auth print-identity-token)",
    local.keyed ? "-H 'Authorization: Bearer '$API_KEY" : "",
    "-F file=@picture.jpg",
    "${var.ingress == "load_balancer" ? module.load_balancer[0].urls[0] : "https://${host}"}/predict",
  ])) }
}

output "services" {
  description = "Region -> name, id and limits of its service; a start after a stop gives the limits again."
  value       = local.services
}

output "image_repositories" {
  description = "Location -> repository to push images to."
  value       = local.repository_urls
}

output "image_repository" {
  description = "The first of them."
  value       = try(local.repository_urls[local.repositories[0]], null)
}

output "service_account" {
  description = "Email of the account that the container runs as."
  value       = local.service_account
}

output "load_balancer" {
  description = "Address that the domains' A records name, the URLs, and the certificate's name; or null."
  value       = one([for balancer in module.load_balancer : { address = balancer.address, urls = balancer.urls, certificate = balancer.certificate }])
}

output "dashboard" {
  description = "Id of the dashboard, or null."
  value       = module.observability.dashboard
}
