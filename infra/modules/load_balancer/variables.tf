variable "project" {
  description = "Id of the Google Cloud project."
  type        = string
}

variable "name" {
  description = "Name of the load balancer's parts."
  type        = string
}

variable "services" {
  description = "Region -> name of the Cloud Run service there."
  type        = map(string)

  validation {
    condition     = length(var.services) > 0
    error_message = "A load balancer needs a region to send requests to."
  }
}

variable "domains" {
  description = "Names of the certificate; their A records point at the address."
  type        = list(string)
}

variable "security_policy" {
  description = "Id of a Cloud Armor policy that requests pass, or null."
  type        = string
  default     = null
}

variable "log_share" {
  description = "Share of requests that are logged, from 0 to 1; Cloud Run logs each of them as well."
  type        = number
  default     = 0
}

variable "labels" {
  description = "Labels of the address and the forwarding rules."
  type        = map(string)
  default     = {}
}
