"""The addresses of managers' pages."""

from __future__ import annotations

from django.urls import path

from palate.server.manage.views import (
    annotators,
    checks,
    home,
    pictures,
    pools,
    projects,
    results,
    review,
    tasks,
)

__all__ = ["app_name", "urlpatterns"]

app_name = "manage"
urlpatterns = [
    path("", home.home, name="home"),
    path("projects/new/", home.new_project, name="new_project"),
    path("projects/<int:project>/", projects.project_page, name="project"),
    path("projects/<int:project>/edit/", projects.edit_project, name="edit_project"),
    path("projects/<int:project>/skills/", projects.set_skill, name="skills"),
    path("projects/<int:project>/open/", projects.open_pools, name="open_pools"),
    path("projects/<int:project>/archive/", projects.archive_project, name="archive_project"),
    path("projects/<int:project>/ledger/", results.project_ledger, name="project_ledger"),
    path("projects/<int:project>/pictures/", pictures.picture_list, name="pictures"),
    path("projects/<int:project>/pictures/delete/", pictures.delete_unused, name="delete_pictures"),
    path("projects/<int:project>/pools/new/", projects.new_pool, name="new_pool"),
    path("pools/<int:pool>/", pools.pool_page, name="pool"),
    path("pools/<int:pool>/live/", pools.live_fragment, name="live"),
    path("pools/<int:pool>/edit/", pools.edit_pool, name="edit_pool"),
    path("pools/<int:pool>/status/", pools.set_status, name="status"),
    path("pools/<int:pool>/clone/", pools.clone, name="clone"),
    path("pools/<int:pool>/tasks/", tasks.task_list, name="tasks"),
    path("pools/<int:pool>/tasks/examples/", tasks.use_examples, name="use_examples"),
    path("pools/<int:pool>/tasks/checks/", checks.add_pool_checks, name="add_checks"),
    path("pools/<int:pool>/tasks/columns/", tasks.example_file, name="example_file"),
    path("pools/<int:pool>/review/", review.review, name="review"),
    path("pools/<int:pool>/annotators/", annotators.annotator_list, name="annotators"),
    path("pools/<int:pool>/results/", results.results_page, name="results"),
    path("pools/<int:pool>/results/download/", results.download, name="download"),
    path("pools/<int:pool>/answers/", results.answers, name="answers"),
    path("pools/<int:pool>/ledger/", results.pool_ledger, name="pool_ledger"),
    path("pages/<uuid:assignment>/", review.answered_page, name="page"),
    path("reports/<int:report>/resolve/", review.resolve_report, name="resolve_report"),
]
