"""Every table of the product in one metadata: what migrations and tests build from."""

from __future__ import annotations

import dcops.alerts.models
import dcops.auth.models
import dcops.billing.models
import dcops.catalogue.models
import dcops.contracts.models
import dcops.jobs.models
import dcops.support.models
import inventory.models
import metering.models
from inventory.orm import Base

metadata = Base.metadata
