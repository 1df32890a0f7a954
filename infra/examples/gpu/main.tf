# An L4 in one region, beside a region without a GPU. It sleeps too; while awake it is paid for by the second.

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

module "endpoint" {
  source = "../.."

  project     = var.project
  regions     = ["europe-west4", "europe-southwest1"]
  image       = var.image
  model_store = var.model_store
  keys        = { hashes = [var.key_hash] }
  service     = { max = 2 }
  overrides = {
    europe-west4 = { gpu = "nvidia-l4", max = 1, concurrency = 16 }
  }
  env = { CONCURRENCY = "16" } # twice the 8 pictures that a GPU predicts together; elsewhere no more than 8 requests come
}

output "urls" {
  description = "Region -> address."
  value       = module.endpoint.urls
}

output "services" {
  description = "Region -> name, id and limits."
  value       = module.endpoint.services
}
