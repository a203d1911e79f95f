"""The pages, one module per area of the menu."""

from __future__ import annotations

from dcops.web.pages.admin import blueprint as admin
from dcops.web.pages.alerts import blueprint as alerts
from dcops.web.pages.allocation import blueprint as allocation
from dcops.web.pages.antivirus import blueprint as antivirus
from dcops.web.pages.auth import blueprint as auth
from dcops.web.pages.backups import blueprint as backups
from dcops.web.pages.billing import blueprint as billing
from dcops.web.pages.cages import blueprint as cages
from dcops.web.pages.contracts import blueprint as contracts
from dcops.web.pages.customers import blueprint as customers
from dcops.web.pages.dashboard import blueprint as dashboard
from dcops.web.pages.energy import blueprint as energy
from dcops.web.pages.energy_balance import blueprint as energy_balance
from dcops.web.pages.energy_curves import blueprint as energy_curves
from dcops.web.pages.energy_headroom import blueprint as energy_headroom
from dcops.web.pages.energy_pue import blueprint as energy_pue
from dcops.web.pages.exceptions import blueprint as exceptions
from dcops.web.pages.findings import blueprint as findings
from dcops.web.pages.first_day import blueprint as first_day
from dcops.web.pages.machines import blueprint as machines
from dcops.web.pages.mapping import blueprint as mapping
from dcops.web.pages.meters import blueprint as meters
from dcops.web.pages.placing import blueprint as placing
from dcops.web.pages.polling import blueprint as polling
from dcops.web.pages.portal import blueprint as portal
from dcops.web.pages.racks import blueprint as racks
from dcops.web.pages.reports import blueprint as reports
from dcops.web.pages.rooms import blueprint as rooms
from dcops.web.pages.search import blueprint as search
from dcops.web.pages.simulation import blueprint as simulation
from dcops.web.pages.space_forms import blueprint as space_forms
from dcops.web.pages.support import blueprint as support
from dcops.web.pages.tariffs import blueprint as tariffs

tariffs.register_blueprint(simulation)
for part in (placing, space_forms, cages):
    racks.register_blueprint(part)
findings.register_blueprint(mapping)
for part in (energy_curves, energy_balance, energy_headroom, energy_pue, meters, allocation, exceptions, polling):
    energy.register_blueprint(part)
BLUEPRINTS = (
    auth,
    dashboard,
    racks,
    rooms,
    machines,
    backups,
    antivirus,
    findings,
    first_day,
    energy,
    alerts,
    contracts,
    support,
    billing,
    reports,
    tariffs,
    customers,
    admin,
    portal,
    search,
)
