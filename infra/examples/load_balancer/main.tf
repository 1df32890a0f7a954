# One domain over three regions; their own addresses are closed.

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

variable "domain" {
  description = "The domain; its A record names the address that comes out."
  type        = string
}

module "endpoint" {
  source = "../.."

  project       = var.project
  regions       = ["us-central1", "europe-west4", "asia-northeast1"]
  image         = var.image
  model_store   = var.model_store
  keys          = { hashes = [var.key_hash] }
  ingress       = "load_balancer"
  load_balancer = { domains = [var.domain] }
}

output "load_balancer" {
  description = "The address for the A record, and the URLs."
  value       = module.endpoint.load_balancer
}

output "curl" {
  description = "Region -> a line that asks it."
  value       = module.endpoint.curl
}
