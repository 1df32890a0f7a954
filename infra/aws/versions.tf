# Any provider from 5.100 on: what came later (a region for each resource in 6.0) is not used, so a region is a
# provider, and this module is one region. examples/lambda shows two.
terraform {
  required_version = ">= 1.9"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100, < 7.0"
    }
  }
}
