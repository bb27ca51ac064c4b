"""What Alembic runs for every command: on the connection it was given, in that connection's transaction."""

from alembic import context

from engine.migrations.operations import included, of_databases

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=context.config.attributes["metadata"],
    # SQLite cannot alter most of a table: Alembic then copies it into a new one.
    render_as_batch=True,
    compare_type=True,
    compare_server_default=True,
    include_name=included,
    process_revision_directives=of_databases,
)
with context.begin_transaction():
    context.run_migrations()
