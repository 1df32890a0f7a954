# The endpoint on Google Cloud: a Cloud Run service in each region, none of which runs while nobody asks.

locals {
  facts = jsondecode(file("${path.module}/regions.json"))

  settings = { for region in var.regions : region => merge(
    var.service, { for key, value in try(var.overrides[region], {}) : key => value if value != null }
  ) }

  labels = merge({ app = var.name }, var.labels)
  public = contains(var.invokers, "allUsers") # allAuthenticatedUsers show an identity, whichever it is
  keyed  = var.keys.secret != null || length(var.keys.hashes) > 0

  # Cloud Run's address of a service is made of its name, the project's number and the region: known before it runs.
  # Where requests come in another way only, it is closed.
  sisters = var.sister_urls && var.ingress == "all" && length(var.regions) > 1
  urls = { for region in var.regions : region =>
    "https://${var.name}-${one(data.google_project.this[*].number)}.${region}.run.app" if local.sisters
  }

  env = merge(
    { for key, value in {
      # So that log lines of one request are found together: Cloud Run does not say it.
      GOOGLE_CLOUD_PROJECT = var.project

      MODEL_STORE     = var.model_store
      DEFAULT_MODEL   = var.default_model
      API_KEYS        = length(var.keys.hashes) > 0 ? join(",", var.keys.hashes) : null
      API_KEYS_FILE   = var.keys.file ? "/keys/keys.json" : null
      ALLOW_ANONYMOUS = local.keyed ? null : "true" # allowed outright, or IAM asks who calls
      QUOTA           = try(var.quota.limit, null)
      QUOTA_STORE     = try(var.quota.store, null)
    } : key => value if value != null },
    var.env,
  )
}

data "google_project" "this" {
  count      = local.sisters ? 1 : 0
  project_id = var.project
  depends_on = [google_project_service.this]
}

# Also before there is an image, when it makes nothing: so that what cannot work is refused by the first plan.
module "endpoint" {
  source   = "./modules/endpoint"
  for_each = toset(var.regions)

  project              = var.project
  name                 = var.name
  region               = each.key
  image                = local.images[each.key]
  cpu                  = local.settings[each.key].cpu
  memory_gib           = local.settings[each.key].memory_gib
  gpu                  = local.settings[each.key].gpu
  gpu_zonal_redundancy = local.settings[each.key].gpu_zonal_redundancy
  timeout_s            = local.settings[each.key].timeout_s
  startup_s            = local.settings[each.key].startup_s
  scaling = {
    min         = local.settings[each.key].min
    max         = local.settings[each.key].max
    concurrency = local.settings[each.key].concurrency
  }

  service_account = local.service_account
  invokers        = var.invokers
  ingress         = var.ingress
  vpc             = try(local.networks[each.key], null)
  env = merge(local.env, local.sisters ? {
    SISTER_URLS = join(",", [for region in sort(keys(local.urls)) : "${region}=${local.urls[region]}" if region != each.key])
  } : {})
  secret_env = merge(
    var.keys.secret != null && !var.keys.file ? { API_KEYS = { secret = var.keys.secret, version = var.keys.version } } : {},
    { for region, redis in module.redis : "QUOTA_STORE" => redis.secret if region == each.key },
  )
  secret_files = var.keys.file ? { "/keys" = { secret = var.keys.secret, version = var.keys.version, file = "keys.json" } } : {}

  labels              = local.labels
  deletion_protection = var.deletion_protection

  depends_on = [google_project_service.this, google_storage_bucket_iam_member.weights, google_secret_manager_secret_iam_member.keys]
}

locals {
  services = { for region, endpoint in module.endpoint : region => endpoint.service if var.image != null }
  hosts    = { for region, endpoint in module.endpoint : region => trimprefix(endpoint.url, "https://") if var.image != null }
}

module "load_balancer" {
  source = "./modules/load_balancer"
  count  = var.load_balancer == null || var.image == null ? 0 : 1

  project         = var.project
  name            = var.name
  services        = { for region, service in local.services : region => service.name }
  domains         = var.load_balancer.domains
  security_policy = var.load_balancer.security_policy
  log_share       = var.load_balancer.log_share
  labels          = local.labels
}

module "observability" {
  source = "./modules/observability"

  project    = var.project
  name       = var.name
  hosts      = var.image == null || var.load_balancer == null ? local.hosts : { global = var.load_balancer.domains[0] }
  dashboard  = var.observability.dashboard
  uptime     = var.observability.uptime
  alerts     = var.observability.alerts
  labels     = local.labels
  depends_on = [google_project_service.this]
}

moved {
  from = module.observability[0]
  to   = module.observability
}
