variable "project" {
  description = "Id of the Google Cloud project."
  type        = string
}

variable "name" {
  description = "Name of the service that is watched, in all its regions."
  type        = string
}

variable "hosts" {
  description = "What the uptime check asks: a label (a region, or global) -> a host name."
  type        = map(string)
  default     = {}
}

variable "dashboard" {
  description = "Whether there is a dashboard; it costs nothing."
  type        = bool
  default     = true
}

variable "uptime" {
  description = "Asks /health of each host every so many seconds, or null. It wakes instances that sleep."
  type = object({
    period_s  = optional(number, 900)
    timeout_s = optional(number, 30)
  })
  default = null

  validation {
    condition     = var.uptime == null || contains([60, 300, 600, 900], try(var.uptime.period_s, 0))
    error_message = "An uptime check asks every 60, 300, 600 or 900 seconds."
  }

  validation {
    condition     = var.uptime == null || try(var.uptime.timeout_s >= 1 && var.uptime.timeout_s <= 60, false)
    error_message = "An uptime check waits 1 to 60 seconds."
  }
}

variable "alerts" {
  description = "Whom to tell (email addresses, ids of notification channels), and of what; or null."
  type = object({
    emails      = optional(list(string), [])
    channels    = optional(list(string), [])
    error_share = optional(number, 0.05)
    p95_ms      = optional(number, 10000)
  })
  default = null

  validation {
    condition     = var.alerts == null || try(length(var.alerts.emails) + length(var.alerts.channels) > 0, false)
    error_message = "Alerts need someone to tell: emails or channels."
  }

  validation {
    condition     = alltrue([for email in try(var.alerts.emails, []) : can(regex("^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$", email))])
    error_message = "An email address has the form name@example.com."
  }

  validation {
    condition     = var.alerts == null || try(var.alerts.error_share > 0 && var.alerts.error_share < 1 && var.alerts.p95_ms > 0, false)
    error_message = "error_share is between 0 and 1, p95_ms above 0."
  }
}

variable "labels" {
  description = "Labels of the alert policies."
  type        = map(string)
  default     = {}
}
