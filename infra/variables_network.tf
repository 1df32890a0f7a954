# By which way requests come, and which network the instances join.

variable "ingress" {
  description = "Where requests may come from: all, internal, or load_balancer (which closes the services' own addresses)."
  type        = string
  default     = "all"

  validation {
    condition     = contains(["all", "internal", "load_balancer"], var.ingress)
    error_message = "ingress is all, internal or load_balancer."
  }

  validation {
    condition     = var.ingress != "load_balancer" || var.load_balancer != null
    error_message = "ingress = \"load_balancer\" without load_balancer leaves no way in."
  }
}

variable "load_balancer" {
  description = "One global address over all regions for these domains, or null. It costs by the hour, also while idle."
  type = object({
    domains         = list(string)
    security_policy = optional(string)
    log_share       = optional(number, 0)
  })
  default = null

  validation {
    condition = var.load_balancer == null || try(length(var.load_balancer.domains) > 0 && alltrue([
      for domain in var.load_balancer.domains : can(regex("^([a-z0-9]([-a-z0-9]*[a-z0-9])?\\.)+[a-z]{2,}$", domain))
    ]), false)
    error_message = "A certificate needs one domain or more, in lower case and without a scheme, e.g. yolo.example.com."
  }

  validation {
    condition     = var.load_balancer == null || try(var.load_balancer.log_share >= 0 && var.load_balancer.log_share <= 1, false)
    error_message = "A share of requests is from 0 to 1."
  }
}

variable "vpc" {
  description = "Network that the instances join, and its subnetwork in each region; or null. Direct VPC egress, no connector."
  type = object({
    network     = string
    subnetworks = map(string)
    egress      = optional(string, "PRIVATE_RANGES_ONLY")
  })
  default = null

  validation {
    condition     = var.vpc == null || length(setsubtract(var.regions, keys(try(var.vpc.subnetworks, {})))) == 0
    error_message = "vpc.subnetworks names a subnetwork for each region."
  }
}
