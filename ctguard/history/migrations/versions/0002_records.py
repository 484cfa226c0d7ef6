"""Keep with each run what questions over time need, so that a year is told without reading every run whole."""

import sqlalchemy as sa
from alembic import op

from ctguard.history.record import packed_record, record_of, unpacked
from ctguard.model.run_file import read_run

revision = "0002"
down_revision = "0001"

RUNS = sa.table(
    "runs",
    sa.column("id", sa.String),
    sa.column("series", sa.Text),
    sa.column("document", sa.LargeBinary),
    sa.column("record", sa.LargeBinary),
)


def upgrade() -> None:
    op.add_column("runs", sa.Column("record", sa.LargeBinary, nullable=False, server_default=""))
    connection = op.get_bind()
    for run_id, series in connection.execute(sa.select(RUNS.c.id, RUNS.c.series)).all():
        data = connection.execute(sa.select(RUNS.c.document).where(RUNS.c.id == run_id)).scalar_one()
        document = unpacked(data, run_id)
        record, _ = record_of(read_run(document, run_id), series, document)
        connection.execute(RUNS.update().where(RUNS.c.id == run_id).values(record=packed_record(record)))
    op.create_index("runs_by_series_and_time", "runs", ["series", "started_at"])
