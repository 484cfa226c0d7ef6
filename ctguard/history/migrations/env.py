"""Alembic's way in: it runs within the transaction that `ctguard.history.schema` opened."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], transactional_ddl=True)
context.run_migrations()
