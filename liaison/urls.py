from django.urls import path

from liaison.views import assignments, bulk, matrix, rules, visits

app_name = "liaison"
urlpatterns = [
    path("visits/", visits.VisitList.as_view(), name="visits"),
    path("visits/new/", visits.NewVisit.as_view(), name="visit_new"),
    path("visits/export/", visits.VisitExport.as_view(), name="visits_export"),
    path("visits/matrix/", matrix.Matrix.as_view(), name="matrix"),
    path("visits/rule/", rules.Rule.as_view(), name="rule"),
    path("visits/<int:pk>/", visits.VisitPage.as_view(), name="visit"),
    path("visits/<int:pk>/edit/", visits.EditVisit.as_view(), name="visit_edit"),
    path("assignments/", assignments.AssignmentList.as_view(), name="assignments"),
    path("assignments/people/", assignments.People.as_view(), name="people"),
    path("assignments/bulk/", bulk.BulkAssign.as_view(), name="bulk"),
    path("assignments/<str:target>/<int:pk>/<str:kind>/", assignments.Assign.as_view(), name="assign"),
    path("assignments/<int:pk>/end/", assignments.EndAssignment.as_view(), name="end"),
]
