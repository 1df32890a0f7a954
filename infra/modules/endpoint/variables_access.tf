variable "service_account" {
  description = "Email of the account that the container runs as."
  type        = string
}

variable "invokers" {
  description = "IAM members that may call the service; allUsers for anyone."
  type        = list(string)
  default     = []
}

variable "ingress" {
  description = "all, internal, or load_balancer (internal and through an external load balancer)."
  type        = string
  default     = "all"

  validation {
    condition     = contains(["all", "internal", "load_balancer"], var.ingress)
    error_message = "ingress is all, internal or load_balancer."
  }
}

variable "vpc" {
  description = "Network and subnetwork that the instances join (Direct VPC egress), or null."
  type = object({
    network    = string
    subnetwork = string
    egress     = optional(string, "PRIVATE_RANGES_ONLY")
  })
  default = null

  validation {
    condition     = var.vpc == null || contains(["PRIVATE_RANGES_ONLY", "ALL_TRAFFIC"], try(var.vpc.egress, ""))
    error_message = "egress is PRIVATE_RANGES_ONLY or ALL_TRAFFIC."
  }
}

variable "env" {
  description = "Environment variables of the container."
  type        = map(string)
  default     = {}
}

variable "secret_env" {
  description = "Environment variables whose value is a secret's."
  type        = map(object({ secret = string, version = string }))
  default     = {}
}

variable "secret_files" {
  description = "Secrets mounted as files: the folder -> the secret, its version, the file's name."
  type        = map(object({ secret = string, version = string, file = string }))
  default     = {}
}

variable "labels" {
  description = "Labels of the service and of its revisions."
  type        = map(string)
  default     = {}
}

variable "deletion_protection" {
  description = "Whether terraform destroy must be told twice."
  type        = bool
  default     = false
}
