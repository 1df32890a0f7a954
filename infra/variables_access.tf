# Who may call, how often; and who is told.

variable "keys" {
  description = <<-EOT
    API keys that the endpoint asks for. `hashes`: sha256:HEX of each; a hash may stand in the state, a key may not.
    `secret`: a Secret Manager secret that holds them (its name, or projects/P/secrets/S), read as API_KEYS or, with
    `file`, mounted as API_KEYS_FILE: JSON with names, quotas and models, reread when a new version comes.
  EOT
  type = object({
    hashes  = optional(list(string), [])
    secret  = optional(string)
    version = optional(string, "latest")
    file    = optional(bool, false)
  })
  default = {}

  validation {
    condition     = alltrue([for hash in var.keys.hashes : can(regex("^sha256:[0-9a-f]{64}$", hash))])
    error_message = "hashes takes sha256:HEX, made with: printf %s \"$KEY\" | sha256sum. The key itself would lie in the state for all to read."
  }

  validation {
    condition     = var.keys.secret == null || can(regex("^(projects/[^/]+/secrets/)?[A-Za-z0-9_-]{1,255}$", coalesce(var.keys.secret, "/")))
    error_message = "The secret is a name, or projects/PROJECT/secrets/NAME."
  }

  validation {
    condition     = can(regex("^(latest|[1-9][0-9]*)$", var.keys.version))
    error_message = "A secret's version is latest or a number."
  }

  validation {
    condition     = var.keys.secret == null || length(var.keys.hashes) == 0
    error_message = "Keys come from hashes or from a secret, not from both: put the hashes into the secret."
  }

  validation {
    condition     = !var.keys.file || var.keys.secret != null
    error_message = "file mounts a secret: name it."
  }

  validation {
    condition = (var.keys.secret != null || length(var.keys.hashes) > 0 || var.allow_anonymous
    || length(setintersection(var.invokers, ["allUsers", "allAuthenticatedUsers"])) == 0)
    error_message = "Anyone could call this endpoint at your cost: give keys, name the invokers, or say allow_anonymous = true."
  }

  validation {
    condition     = !var.allow_anonymous || (var.keys.secret == null && length(var.keys.hashes) == 0)
    error_message = "allow_anonymous and keys contradict each other: leave out one."
  }
}

variable "allow_anonymous" {
  description = "Whether an endpoint that anyone can reach may do without keys."
  type        = bool
  default     = false
}

variable "invokers" {
  description = "IAM members that may call. allUsers: anyone, which leaves the asking to the keys."
  type        = list(string)
  default     = ["allUsers"]

  validation {
    condition = alltrue([for member in var.invokers : can(regex(
      "^(allUsers|allAuthenticatedUsers|(user|serviceAccount|group):[^@\\s]+@[^@\\s]+|domain:[^@\\s]+|principal(Set)?://\\S+)$", member
    ))])
    error_message = "An invoker is allUsers, allAuthenticatedUsers, user:EMAIL, serviceAccount:EMAIL, group:EMAIL, domain:DOMAIN or principal(Set)://..."
  }
}

variable "service_account" {
  description = "Email of an account for the container to run as; null makes one."
  type        = string
  default     = null

  validation {
    condition     = var.service_account == null || can(regex("^[^@\\s]+@[^@\\s]+\\.gserviceaccount\\.com$", coalesce(var.service_account, "-")))
    error_message = "A service account's email ends in .gserviceaccount.com."
  }
}

variable "sister_urls" {
  description = "Whether each service is told the others' addresses, as SISTER_URLS=region=url,..."
  type        = bool
  default     = true
}

variable "quota" {
  description = <<-EOT
    Requests that one key may make, e.g. { limit = "1000/hour;10000/month" }. Instances count for themselves unless
    `redis` makes a Memorystore instance for each region (it costs by the hour, also while idle), or `store` names one.
    Regions do not count together with `redis`: a key has its limit in each of them.
  EOT
  type = object({
    limit = string
    store = optional(string)
    redis = optional(object({ memory_gib = optional(number, 1), highly_available = optional(bool, false) }))
  })
  default = null

  validation {
    condition     = var.quota == null || can(regex("^[1-9][0-9]*/(second|minute|hour|day|month|year)(;[1-9][0-9]*/(second|minute|hour|day|month|year))*$", try(var.quota.limit, "-")))
    error_message = "A quota is NUMBER/second, minute, hour, day, month or year, several separated by semicolons."
  }

  validation {
    condition     = try(var.quota.store, null) == null || can(regex("^rediss?://[^@\\s]+$", try(var.quota.store, "-")))
    error_message = "quota.store is redis://HOST:PORT or rediss://HOST:PORT without a password, which would lie in the state; with one, use redis = {} or set it by hand."
  }

  validation {
    condition     = try(var.quota.store, null) == null || try(var.quota.redis, null) == null
    error_message = "quota takes store or redis, not both."
  }
}

variable "observability" {
  description = <<-EOT
    What watches: a dashboard (free, on), an uptime check ({}: every 900 s; it wakes instances), alerts ({ emails = [...] }).
  EOT
  type = object({
    dashboard = optional(bool, true)
    uptime = optional(object({
      period_s  = optional(number, 900)
      timeout_s = optional(number, 30)
    }))
    alerts = optional(object({
      emails      = optional(list(string), [])
      channels    = optional(list(string), [])
      error_share = optional(number, 0.05)
      p95_ms      = optional(number, 10000)
    }))
  })
  default = {}

  validation {
    condition = var.observability.uptime == null || (
    contains(var.invokers, "allUsers") && (var.ingress == "all" || var.ingress == "load_balancer"))
    error_message = "An uptime check calls from the internet and shows no identity: it needs ingress from there and allUsers among the invokers."
  }

  validation {
    condition = var.observability.uptime == null || alltrue([
      for settings in values(local.settings) : try(settings.gpu, null) == null || settings.min > 0
    ])
    error_message = "An uptime check would wake a GPU all day long, and it is paid for until it sleeps again: leave it out, or keep an instance (min = 1)."
  }
}
