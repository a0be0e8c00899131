"""The pages of enterprises."""

from enterprises.views.colleagues import ColleagueChange, Colleagues, Staff, StaffChange
from enterprises.views.contacts import ContactAdd, ContactEdit, ContactPhone, ContactRemove
from enterprises.views.duplicates import (
    Compare,
    DeclareDifferent,
    Duplicates,
    FindDuplicates,
    MergeDetail,
    PickDuplicate,
    SuspectAgain,
    Unmerge,
)
from enterprises.views.edit import EnterpriseCreate, EnterpriseEdit
from enterprises.views.lists import EnterpriseExport, EnterpriseList
from enterprises.views.page import EnterpriseDetail
from enterprises.views.places import ParkSave, Places, PoolCreate

__all__ = [
    "ColleagueChange",
    "Colleagues",
    "Compare",
    "ContactAdd",
    "ContactEdit",
    "ContactPhone",
    "ContactRemove",
    "DeclareDifferent",
    "Duplicates",
    "EnterpriseCreate",
    "EnterpriseDetail",
    "EnterpriseEdit",
    "EnterpriseExport",
    "EnterpriseList",
    "FindDuplicates",
    "MergeDetail",
    "ParkSave",
    "PickDuplicate",
    "Places",
    "PoolCreate",
    "Staff",
    "StaffChange",
    "SuspectAgain",
    "Unmerge",
]
