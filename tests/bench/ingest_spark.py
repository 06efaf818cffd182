"""The peer of the ingest benchmark: Spark Structured Streaming from a Kafka topic into Delta tables.

  ingest_spark.py --install FOLDER
      fetches pyspark into FOLDER/venv and its Kafka and Delta packages into FOLDER/jars (by pip and
      Maven); does nothing when they are there
  FOLDER/venv/bin/python ingest_spark.py --jars FOLDER/jars --brokers LIST --topic NAME --scratch DIR
                                         --cells BX01,BX02,… [--units FILE] [--times 2]
      takes the topic through as often as asked in one JVM, each time with a checkpoint and targets
      of its own, and prints rows and seconds of each

The returns: the least that could be asked, one batch of everything there is, JSON by a schema, 40 decimal
columns, no check, no order, no key, one file for each partition of the topic.

With --units (unit, a unit at or above it, how many steps that is) also the rows that are rolled up from
them, into two more tables and as cheaply as we know how. Of each unit from the village to the province:
  the form      its 40 sums for months, bimonths, quarters, halves and years; these are stocks, of which the
                last month of a period counts, so that no row of a village has to be looked for
  the quality   how many returns came in, came in time and passed, and the rates, for these periods and the
                last ten days of each month
Sums are of 64 bits and unchecked, the same tree serves all periods, nothing is looked up in the register:
a unit of which nothing came in has no row, and no row says what is due.

The first run pays for starting up.
"""

import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import time

PYSPARK = "pyspark==4.0.1"
# One by one: as one tree they cannot be resolved, since Spark's own POM names a repository that is
# not the central one.
ARTIFACTS = (
    "org.apache.spark:spark-sql-kafka-0-10_2.13:4.0.1",
    "org.apache.spark:spark-token-provider-kafka-0-10_2.13:4.0.0",
    "org.apache.kafka:kafka-clients:3.9.1",
    "org.apache.commons:commons-pool2:2.12.0",
    "io.delta:delta-spark_2.13:4.0.0",
    "io.delta:delta-storage:4.0.0",
)
THREADS = 2
# Two hundred, the default, would be a hundred tasks for each thread.
SHUFFLED = 8
TEXTS = ("id", "unit", "form", "period", "submitted_at", "source")
SIGNERS = ("filler", "reviewer", "head")
DIGITS = 18
# Periods between month and year: months, letter.
LONGER = ((2, "B"), (3, "Q"), (6, "H"))
COUNTS = ("received", "on_time", "passed")


# --- what it needs ----------------------------------------------------------------------------

def install(folder):
    """Fetches what is missing; returns the interpreter and the folder of jars."""
    folder = pathlib.Path(folder).resolve()
    python, jars = folder / "venv" / "bin" / "python", folder / "jars"
    done = folder / "complete.txt"
    wanted = "\n".join((PYSPARK, *ARTIFACTS)) + "\n"
    if done.exists() and done.read_text(encoding="utf-8") == wanted:
        return python, jars
    for program in ("java", "mvn"):
        if shutil.which(program) is None:
            raise FileNotFoundError(f"{program} is missing (Debian: openjdk-17-jre-headless, maven)")
    print(f"{PYSPARK} and its packages into {folder}", file=sys.stderr, flush=True)
    folder.mkdir(parents=True, exist_ok=True)
    if not python.exists():
        run(sys.executable, "-m", "venv", folder / "venv")
    run(python, "-m", "pip", "install", "-q", "--disable-pip-version-check", PYSPARK)
    shutil.rmtree(jars, ignore_errors=True)
    for artifact in ARTIFACTS:
        run("mvn", "-q", "-B", "dependency:copy", f"-Dartifact={artifact}",
            f"-DoutputDirectory={jars}")
    done.write_text(wanted, encoding="utf-8")
    return python, jars


def run(*command):
    """Runs a command, or raises with the end of what it said."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True,
                          check=False)
    if done.returncode:
        raise RuntimeError(f"{command[0]} ended with {done.returncode}:\n"
                           + (done.stdout + done.stderr)[-2000:])


# --- the run ----------------------------------------------------------------------------------

def session(jars, scratch):
    """A Spark in this process with two threads and nothing that it does not need."""
    from pyspark.sql import SparkSession
    builder = (SparkSession.builder.master(f"local[{THREADS}]").appName("ingest")
               .config("spark.jars", ",".join(map(str, sorted(jars.glob("*.jar")))))
               .config("spark.sql.extensions", "io.delta.sql.DeltaSparkSessionExtension")
               .config("spark.sql.catalog.spark_catalog",
                       "org.apache.spark.sql.delta.catalog.DeltaCatalog")
               .config("spark.driver.memory", "4g")
               .config("spark.sql.shuffle.partitions", SHUFFLED)
               .config("spark.local.dir", str(scratch / "local"))
               .config("spark.sql.warehouse.dir", str(scratch / "warehouse"))
               .config("spark.ui.enabled", "false"))
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    return spark


def rows_of(spark, brokers, topic, cells):
    """The topic as a stream of rows."""
    from pyspark.sql import functions, types
    amounts = types.StructType([types.StructField(code, types.DecimalType(DIGITS, 0))
                                for code in cells])
    signers = types.StructType([types.StructField(name, types.StringType()) for name in SIGNERS])
    envelope = types.StructType(
        [types.StructField(name, types.StringType()) for name in TEXTS]
        + [types.StructField("wire", types.IntegerType()),
           types.StructField("revision", types.IntegerType()),
           types.StructField("signers", signers), types.StructField("cells", amounts)])
    messages = (spark.readStream.format("kafka").option("kafka.bootstrap.servers", brokers)
                .option("subscribe", topic).option("startingOffsets", "earliest").load())
    sent = functions.from_json(functions.col("value").cast("string"), envelope).alias("sent")
    return (messages.select("partition", "offset", sent)
            .select("partition", "offset", *(f"sent.{name}" for name in TEXTS), "sent.wire",
                    "sent.revision", "sent.signers.*", "sent.cells.*"))


def take_through(rows, scratch, number):
    """One run into a new table; its rows as the table's log counts them, and the seconds."""
    target = scratch / f"table-{number}"
    began = time.perf_counter()
    query = (rows.writeStream.format("delta").outputMode("append")
             .option("checkpointLocation", str(scratch / f"checkpoint-{number}"))
             .trigger(availableNow=True).start(str(target)))
    query.awaitTermination()
    seconds = time.perf_counter() - began
    added = [json.loads(line)["add"] for log in sorted((target / "_delta_log").glob("*.json"))
             for line in log.read_text(encoding="utf-8").splitlines() if '"add":' in line]
    counted = sum(json.loads(add["stats"])["numRecords"] for add in added)
    return {"rows": counted, "files": len(added), "seconds": seconds}


def roll_up(spark, scratch, number, units, cells):
    """The rolled-up rows of the returns of a run in new tables; how many, and the seconds."""
    began = time.perf_counter()
    returns = spark.read.format("delta").load(str(scratch / f"table-{number}"))
    returns = returns.where("unit is not null")
    pairs = spark.read.csv(str(units), schema="unit string, at string, steps int")
    form_rows(spark, returns, pairs, str(scratch / f"form-{number}"), cells)
    quality_rows(spark, returns, pairs, str(scratch / f"quality-{number}"))
    seconds = time.perf_counter() - began
    tables = [str(scratch / f"{name}-{number}") for name in ("form", "quality")]
    rows = [spark.read.format("delta").load(table).count() for table in tables]
    return {"rolled_up": rows, "more_seconds": seconds}


def longer():
    """Months and name of each period that is longer than a month."""
    from pyspark.sql import functions as f
    year, month = f.substring("period", 1, 4), f.substring("period", 6, 2).cast("int")
    for months, letter in LONGER:
        yield months, f.concat(year, f.lit(f"-{letter}"), f.ceil(month / months)), month
    yield 12, year, month


def form_rows(spark, returns, pairs, target, cells):
    """The sums of the cells."""
    from pyspark.sql import functions as f
    rows = returns.select("unit", "period", *cells)
    villages = rows
    for months, name, month in longer():
        villages = villages.union(rows.where(month % months == 0).withColumn("period", name))
    villages.write.format("delta").mode("append").save(target)
    # Read back from its columns: cheaper than to make the rows of villages a second time.
    below = spark.read.format("delta").load(target)
    below = below.select("unit", "period", *(f.col(cell).cast("long").alias(cell) for cell in cells))
    above = summed(below, pairs, cells)
    amounts = (f.col(cell).cast(f"decimal({DIGITS},0)").alias(cell) for cell in cells)
    above = above.select("unit", "period", *amounts)
    above.write.format("delta").mode("append").save(target)


def quality_rows(spark, returns, pairs, target):
    """How the returns came in: one without a deadline here is in time, and passed."""
    from pyspark.sql import functions as f
    one = f.lit(1).cast("long")
    each = returns.select("unit", "period", *(one.alias(name) for name in COUNTS))
    villages = each.union(each.withColumn("period", f.concat("period", f.lit("-T3"))))
    for _, name, _ in longer():
        sums = (f.sum(count).alias(count) for count in COUNTS)
        villages = villages.union(each.groupBy("unit", name.alias("period")).agg(*sums))

    def with_rates(rows):
        received = f.col("received")
        rates = ((f.col(count) * 100 / received).cast("decimal(18,6)").alias(f"{count}_rate")
                 for count in COUNTS[1:])
        return rows.select("unit", "period", *COUNTS, *rates)

    with_rates(villages).write.format("delta").mode("append").save(target)
    below = spark.read.format("delta").load(target).select("unit", "period", *COUNTS)
    above = with_rates(summed(below, pairs, COUNTS))
    above.write.format("delta").mode("append").save(target)


def summed(below, pairs, names):
    """Sums of the units above those that have rows: to the next level first, then from its few rows."""
    from pyspark.sql import functions as f
    sums = [f.sum(name).alias(name) for name in names]
    next_above = f.broadcast(pairs.where("steps = 1").drop("steps"))
    townships = below.join(next_above, "unit").groupBy("at", "period").agg(*sums)
    townships = townships.withColumnRenamed("at", "unit")
    found = townships.join(f.broadcast(pairs.drop("steps")), "unit").groupBy("at", "period").agg(*sums)
    return found.withColumnRenamed("at", "unit")


def row_of(spark, table, unit, period, names):
    """Rolled-up values of a unit, to be compared with those that must come out."""
    rows = spark.read.format("delta").load(str(table))
    row, = rows.where((rows.unit == unit) & (rows.period == period)).collect()
    return [int(row[name]) for name in names]


def filled(spark, scratch, number, cells):
    """How many rows of a table have all their amounts, so that nulls do not pass for speed."""
    table = spark.read.format("delta").load(str(scratch / f"table-{number}"))
    return table.dropna(subset=["unit", "period", *cells]).count()


def main():
    """Reads the arguments; fetches or runs."""
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--install", metavar="FOLDER")
    parser.add_argument("--jars", type=pathlib.Path)
    parser.add_argument("--brokers")
    parser.add_argument("--topic")
    parser.add_argument("--scratch", type=pathlib.Path, help="folder for tables and checkpoints")
    parser.add_argument("--cells", type=lambda text: text.split(","))
    parser.add_argument("--units", type=pathlib.Path, help="the tree, to roll up as well")
    parser.add_argument("--sums", default="", help="UNIT@PERIOD,… whose sums are told")
    parser.add_argument("--times", type=int, default=2)
    chosen = parser.parse_args()
    if chosen.install:
        print(*install(chosen.install))
        return 0
    if not (chosen.jars and chosen.brokers and chosen.topic and chosen.scratch and chosen.cells):
        parser.error("name --install, or --jars --brokers --topic --scratch --cells")
    scratch = chosen.scratch.resolve()
    spark = session(chosen.jars.resolve(), scratch)
    rows = rows_of(spark, chosen.brokers, chosen.topic, chosen.cells)
    for number in range(1, chosen.times + 1):
        # No run pays for what the one before has written.
        os.sync()
        done = take_through(rows, scratch, number)
        if chosen.units:
            done |= roll_up(spark, scratch, number, chosen.units, chosen.cells)
        if number == chosen.times:
            done["filled"] = filled(spark, scratch, number, chosen.cells)
            asked = [of.split("@") for of in chosen.sums.split(",") if of]
            form, quality = scratch / f"form-{number}", scratch / f"quality-{number}"
            done["sums"] = [row_of(spark, form, *of, chosen.cells) for of in asked]
            done["received"] = [row_of(spark, quality, *of, COUNTS[:1])[0] for of in asked]
        print(json.dumps({"run": number, **done}), flush=True)
    spark.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
