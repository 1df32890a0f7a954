# Two regions with an image repository each, a quota for each key, and someone who is told when it fails.

terraform {
  required_version = ">= 1.9"

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = ">= 7.0, < 8.0"
    }
  }
}

provider "google" {
  project = var.project
}

variable "project" {
  description = "Id of the Google Cloud project."
  type        = string
}

variable "image" {
  description = "What to run, e.g. yolo-endpoint:1.0; null on the first apply."
  type        = string
  default     = null
}

variable "key_hash" {
  description = "sha256:HEX of an API key: printf %s \"$KEY\" | sha256sum."
  type        = string
}

variable "model_store" {
  description = "Folder of models: gs://BUCKET or gs://BUCKET/PREFIX."
  type        = string
}

variable "email" {
  description = "Who is told."
  type        = string
}

module "endpoint" {
  source = "../.."

  project      = var.project
  regions      = ["us-central1", "europe-west4"]
  repositories = ["us-central1", "europe-west4"]
  image        = var.image
  model_store  = var.model_store
  keys         = { hashes = [var.key_hash] }
  quota        = { limit = "1000/hour;10000/month" }
  overrides    = { us-central1 = { max = 10 } }
  observability = {
    uptime = {}
    alerts = { emails = [var.email] }
  }
}

output "urls" {
  description = "Region -> address."
  value       = module.endpoint.urls
}

output "curl" {
  description = "Region -> a line that asks it."
  value       = module.endpoint.curl
}

output "image_repositories" {
  description = "Location -> where to push the image."
  value       = module.endpoint.image_repositories
}

output "dashboard" {
  description = "Id of the dashboard."
  value       = module.endpoint.dashboard
}
