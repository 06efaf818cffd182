"""The peer of the ingest benchmark: Spark Structured Streaming from a Kafka topic into a Delta table.

  ingest_spark.py --install FOLDER
      fetches pyspark into FOLDER/venv and its Kafka and Delta packages into FOLDER/jars (by pip and
      Maven); does nothing when they are there
  FOLDER/venv/bin/python ingest_spark.py --jars FOLDER/jars --brokers LIST --topic NAME --scratch DIR
                                         --cells BX01,BX02,… [--times 2]
      takes the topic through as often as asked in one JVM, each time with a checkpoint and a target
      of its own, and prints rows and seconds of each

It does the least that could be asked: one batch of everything there is, JSON by a schema, 40 decimal
columns, no check, no order, no key, one file for each partition of the topic. The first run pays for
starting up; the last one counts.
"""

import argparse
import json
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
TEXTS = ("id", "unit", "form", "period", "submitted_at", "source")
SIGNERS = ("filler", "reviewer", "head")
DIGITS = 18


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
        done = take_through(rows, scratch, number)
        if number == chosen.times:
            done["filled"] = filled(spark, scratch, number, chosen.cells)
        print(json.dumps({"run": number, **done}), flush=True)
    spark.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
