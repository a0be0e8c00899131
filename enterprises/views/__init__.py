"""The pages of enterprises."""

from enterprises.views.contacts import ContactAdd, ContactEdit, ContactPhone, ContactRemove
from enterprises.views.edit import EnterpriseCreate, EnterpriseEdit
from enterprises.views.lists import EnterpriseExport, EnterpriseList
from enterprises.views.page import EnterpriseDetail
from enterprises.views.places import ParkSave, Places, PoolCreate

__all__ = [
    "ContactAdd",
    "ContactEdit",
    "ContactPhone",
    "ContactRemove",
    "EnterpriseCreate",
    "EnterpriseDetail",
    "EnterpriseEdit",
    "EnterpriseExport",
    "EnterpriseList",
    "ParkSave",
    "Places",
    "PoolCreate",
]
