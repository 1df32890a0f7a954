# Lambda in two regions: a provider and a module for each.

terraform {
  required_version = ">= 1.9"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100, < 7.0"
    }
  }
}

provider "aws" {
  region = "us-east-1"
}

provider "aws" {
  alias  = "europe"
  region = "eu-central-1"
}

variable "image" {
  description = "Tag or digest to run, pushed to both repositories; null on the first apply."
  type        = string
  default     = null
}

variable "model_store" {
  description = "Folder of models: s3://BUCKET or s3://BUCKET/PREFIX."
  type        = string
}

variable "key_hash" {
  description = "sha256:HEX of an API key: printf %s \"$KEY\" | sha256sum."
  type        = string
}

module "america" {
  source = "../../aws"

  image       = var.image
  model_store = var.model_store
  key_hashes  = [var.key_hash]
}

module "europe" {
  source    = "../../aws"
  providers = { aws = aws.europe }

  image       = var.image
  model_store = var.model_store
  key_hashes  = [var.key_hash]
  memory_mb   = 1769
}

output "urls" {
  description = "Region -> address."
  value       = { us-east-1 = module.america.url, eu-central-1 = module.europe.url }
}

output "image_repositories" {
  description = "Region -> where to push the image."
  value       = { us-east-1 = module.america.image_repository, eu-central-1 = module.europe.image_repository }
}
