variable "project" {
  description = "Id of the Google Cloud project."
  type        = string
}

variable "name" {
  description = "Name of the instance and, with the region, of its secret."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,38}[a-z0-9]$", var.name))
    error_message = "A Redis instance's name has 2 to 40 lower-case letters, digits and hyphens, begins with a letter and does not end in a hyphen."
  }
}

variable "region" {
  description = "Region of the instance: that of the service that counts in it."
  type        = string
}

variable "network" {
  description = "Id of the network that reaches it."
  type        = string
}

variable "memory_gib" {
  description = "Its size; a counter takes some hundred bytes."
  type        = number
  default     = 1

  validation {
    condition     = var.memory_gib >= 1 && var.memory_gib <= 300 && floor(var.memory_gib) == var.memory_gib
    error_message = "Memorystore's instances have 1 to 300 GiB, in whole ones."
  }
}

variable "highly_available" {
  description = "Whether a second zone holds a copy; at twice the price."
  type        = bool
  default     = false
}

variable "reader" {
  description = "IAM member that may read the address with its password."
  type        = string
}

variable "labels" {
  description = "Labels of the instance and the secret."
  type        = map(string)
  default     = {}
}
