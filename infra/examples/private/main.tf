# Reached from inside the network alone, by the members named; keys from a secret, quotas counted in Redis.

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

variable "model_store" {
  description = "Folder of models: gs://BUCKET or gs://BUCKET/PREFIX."
  type        = string
}

variable "caller" {
  description = "Email of the service account that may call."
  type        = string
}

variable "secret" {
  description = "Secret Manager secret with the keys, as JSON."
  type        = string
}

module "endpoint" {
  source = "../.."

  project     = var.project
  regions     = ["europe-west3"]
  image       = var.image
  model_store = var.model_store
  ingress     = "internal"
  invokers    = ["serviceAccount:${var.caller}"]
  keys        = { secret = var.secret, file = true }
  quota       = { limit = "60/minute", redis = {} }
}

output "curl" {
  description = "Region -> a line that asks it."
  value       = module.endpoint.curl
}

output "service_account" {
  description = "What the container runs as."
  value       = module.endpoint.service_account
}
