# One region, the built-in weights, one key. Nothing runs while nobody asks.

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

module "endpoint" {
  source = "../.."

  project = var.project
  regions = ["us-central1"]
  image   = var.image
  keys    = { hashes = [var.key_hash] }
}

output "urls" {
  description = "Region -> address."
  value       = module.endpoint.urls
}

output "curl" {
  description = "Region -> a line that asks it."
  value       = module.endpoint.curl
}

output "image_repository" {
  description = "Where to push the image."
  value       = module.endpoint.image_repository
}
