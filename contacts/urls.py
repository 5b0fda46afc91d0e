from __future__ import annotations

from django.urls import path

from contacts import (
    attribute_views,
    bulk_views,
    filter_views,
    list_views,
    person_views,
    suppression_views,
    views,
)
from contacts.import_jobs import ImportJob
from contacts.importing import views as import_views

# The names begin with `contact`: the navigation reads the section off them.
urlpatterns = [
    path("contacts/", views.contact_list, name="contact-list"),
    path("contacts/condition/", views.contact_condition, name="contact-condition"),
    path("contacts/add/", person_views.contact_add, name="contact-add"),
    path("contacts/<int:pk>/edit/", person_views.contact_edit, name="contact-edit"),
    path("contacts/<int:pk>/lists/", list_views.list_join, name="contact-lists-join"),
    path("contacts/<int:pk>/stop/", person_views.contact_stop, name="contact-stop"),
    path("contacts/chosen/", bulk_views.contact_bulk, name="contact-bulk"),
    path("contacts/chosen/<int:pk>/", bulk_views.bulk_job, name="contact-bulk-job"),
    path(
        "contacts/chosen/<int:pk>/progress/",
        bulk_views.bulk_progress,
        name="contact-bulk-progress",
    ),
    path(
        "contacts/chosen/<int:pk>/cancel/",
        bulk_views.bulk_cancel,
        name="contact-bulk-cancel",
    ),
    path("contacts/views/", filter_views.filter_save, name="contact-filter-save"),
    path(
        "contacts/views/<int:pk>/rename/",
        filter_views.filter_rename,
        name="contact-filter-rename",
    ),
    path(
        "contacts/views/<int:pk>/delete/",
        filter_views.filter_delete,
        name="contact-filter-delete",
    ),
    path(
        "contacts/imports/",
        import_views.import_list,
        {"kind": ImportJob.Kind.CONTACTS},
        name="contact-imports",
    ),
    path("contacts/imports/<int:pk>/", import_views.import_page, name="contact-import"),
    path(
        "contacts/imports/<int:pk>/progress/",
        import_views.import_progress,
        name="contact-import-progress",
    ),
    path(
        "contacts/imports/<int:pk>/rejected/",
        import_views.rejected_rows,
        name="contact-import-rejected",
    ),
    path(
        "contacts/imports/<int:pk>/cancel/",
        import_views.cancel_import,
        name="contact-import-cancel",
    ),
    path("contacts/attributes/", attribute_views.attribute_list, name="contact-attributes"),
    path("contacts/lists/", list_views.list_index, name="contact-lists"),
    path("contacts/lists/new/", list_views.list_create, name="contact-list-create"),
    path("contacts/lists/<int:pk>/", list_views.list_members, name="contact-list-members"),
    path(
        "contacts/lists/<int:pk>/rename/",
        list_views.list_rename,
        name="contact-list-rename",
    ),
    path(
        "contacts/lists/<int:pk>/delete/",
        list_views.list_delete,
        name="contact-list-delete",
    ),
    path(
        "contacts/lists/<int:pk>/remove/",
        list_views.list_remove,
        name="contact-list-remove",
    ),
    path(
        "contacts/suppressions/",
        suppression_views.suppression_list,
        name="contact-suppressions",
    ),
    path(
        "contacts/suppressions/add/",
        suppression_views.suppression_add,
        name="contact-suppression-add",
    ),
    path(
        "contacts/suppressions/export/",
        suppression_views.suppression_export,
        name="contact-suppression-export",
    ),
    path(
        "contacts/suppressions/import/",
        import_views.import_list,
        {"kind": ImportJob.Kind.SUPPRESSIONS},
        name="contact-suppression-imports",
    ),
    path(
        "contacts/suppressions/<int:pk>/lift/",
        suppression_views.suppression_lift,
        name="contact-suppression-lift",
    ),
]
