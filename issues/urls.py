from django.urls import path

from issues.views import appeals, case, gaps, intake, ledger, rules

app_name = "issues"
urlpatterns = [
    path("issues/", ledger.issue_list, name="list"),
    path("issues/export/", ledger.export, name="export"),
    path("issues/new/", intake.register, name="new"),
    path("issues/views/", ledger.save_view, name="save_view"),
    path("issues/views/<int:pk>/delete/", ledger.delete_view, name="delete_view"),
    path("issues/<int:pk>/", case.issue_detail, name="detail"),
    path("issues/<int:pk>/proof/", case.proof, name="proof"),
    path("issues/<int:pk>/policy-gap/", gaps.attach, name="attach_gap"),
    path("issues/<int:pk>/<slug:verb>/", case.verb, name="verb"),
    path("appeals/", appeals.appeals, name="appeals"),
    path("appeals/new/", appeals.submit, name="submit"),
    path("appeals/<int:pk>/", appeals.appeal, name="appeal"),
    path("policy-gaps/", gaps.gap_list, name="gaps"),
    path("policy-gaps/export/", gaps.export, name="gaps_export"),
    path("policy-gaps/new/", gaps.gap_new, name="gap_new"),
    path("policy-gaps/<int:pk>/", gaps.gap_detail, name="gap"),
    path("policy-gaps/<int:pk>/<slug:verb>/", gaps.gap_verb, name="gap_verb"),
    path("rules/", rules.rules, name="rules"),
    path("rules/ladders/<str:key>/", rules.edit_ladder, name="ladder"),
    path("rules/<slug:code>/", rules.edit, name="rule"),
    path("rules/<slug:code>/ladder/", rules.own_ladder, name="own_ladder"),
    path("rules/<slug:code>/ladder/share/", rules.share_ladder, name="share_ladder"),
]
