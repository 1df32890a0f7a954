# Who may call, how often, and from which web pages.

variable "key_hashes" {
  description = "sha256:HEX of each API key that the endpoint asks for; a hash may stand in the state, a key may not."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for hash in var.key_hashes : can(regex("^sha256:[0-9a-f]{64}$", hash))])
    error_message = "key_hashes takes sha256:HEX, made with: printf %s \"$KEY\" | sha256sum. The key itself would lie in the state for all to read."
  }

  validation {
    condition     = length(var.key_hashes) > 0 || var.allow_anonymous || !contains(var.invokers, "*")
    error_message = "Anyone could call this endpoint at your cost: give key_hashes, name the invokers, or say allow_anonymous = true."
  }

  validation {
    condition     = length(var.key_hashes) == 0 || !var.allow_anonymous
    error_message = "allow_anonymous and key_hashes contradict each other: leave out one."
  }

  validation {
    condition     = length(var.key_hashes) == 0 || contains(var.invokers, "*")
    error_message = "A function URL that asks IAM takes the Authorization header for itself: use keys or named invokers, not both."
  }
}

variable "allow_anonymous" {
  description = "Whether an endpoint that anyone can reach may do without keys."
  type        = bool
  default     = false
}

variable "invokers" {
  description = "[\"*\"]: anyone, which leaves the asking to the keys. Else accounts and ARNs of roles and users that may call, with signed requests."
  type        = list(string)
  default     = ["*"]

  validation {
    condition     = length(var.invokers) > 0 && (!contains(var.invokers, "*") || length(var.invokers) == 1)
    error_message = "invokers is [\"*\"], or names those who may call."
  }

  validation {
    condition     = alltrue([for invoker in var.invokers : can(regex("^(\\*|[0-9]{12}|arn:aws[-a-z]*:iam::[0-9]{12}:(root|role/\\S+|user/\\S+))$", invoker))])
    error_message = "An invoker is *, an account's 12 digits, or the ARN of a role or a user."
  }
}

variable "cors" {
  description = "Web pages whose scripts may call, e.g. { origins = [\"https://example.com\"] }; or null."
  type = object({
    origins   = list(string)
    max_age_s = optional(number, 3600)
  })
  default = null

  validation {
    condition     = var.cors == null || alltrue([for origin in try(var.cors.origins, []) : can(regex("^(\\*|https?://[^/\\s]+)$", origin))])
    error_message = "An origin is * or SCHEME://HOST[:PORT], without a path."
  }

  validation {
    condition     = var.cors == null || try(var.cors.max_age_s >= 0 && var.cors.max_age_s <= 86400, false)
    error_message = "Browsers may keep the answer for 0 to 86400 seconds."
  }
}

variable "quota" {
  description = "Requests that one key may make, e.g. { limit = \"1000/hour\" }. Each instance counts for itself unless `store` names a Redis they all reach."
  type = object({
    limit = string
    store = optional(string)
  })
  default = null

  validation {
    condition     = var.quota == null || can(regex("^[1-9][0-9]*/(second|minute|hour|day|month|year)(;[1-9][0-9]*/(second|minute|hour|day|month|year))*$", try(var.quota.limit, "-")))
    error_message = "A quota is NUMBER/second, minute, hour, day, month or year, several separated by semicolons."
  }

  validation {
    condition     = try(var.quota.store, null) == null || can(regex("^rediss?://[^@\\s]+$", try(var.quota.store, "-")))
    error_message = "quota.store is redis://HOST:PORT or rediss://HOST:PORT without a password, which would lie in the state."
  }
}
