"""Spark's errors without the stack of Java."""

from tui.engine.execution.java_traces import without_java_trace

SAID = """\
Runtime Error in model orders (models/orders.sql)
  Database Error
    org.apache.hive.service.cli.HiveSQLException: Error running query: [UNRESOLVED_COLUMN] \
org.apache.spark.sql.AnalysisException: [UNRESOLVED_COLUMN] A column `no_such` cannot be resolved. \
Did you mean `email`?; line 7 pos 4
    \tat org.apache.spark.sql.hive.thriftserver.Errors$.runningQueryError(Errors.scala:43)
    \tat java.base/java.lang.Thread.run(Thread.java:840)
    Caused by: org.apache.spark.sql.AnalysisException: [UNRESOLVED_COLUMN] A column cannot
      be resolved: 'Project ['no_such]
    \tat org.apache.spark.sql.catalyst.Analyzer.$anonfun$resolve$2(Analyzer.scala:340)
    \t... 16 more
    \tSuppressed: org.apache.spark.util.Utils$OriginalTryStackTraceException: Full stacktrace
    \t\tat org.apache.spark.sql.errors.QueryCompilationErrors$.x(QueryCompilationErrors.scala:1018)
    \t\t... 29 more

  compiled code at target/run/orders.sql"""
READ = """\
Runtime Error in model orders (models/orders.sql)
  Database Error
    [UNRESOLVED_COLUMN] A column `no_such` cannot be resolved. Did you mean `email`?; line 7 pos 4

  compiled code at target/run/orders.sql"""


def test_what_is_wrong_stays_and_the_stack_goes():
    assert without_java_trace(SAID) == READ


def test_a_message_without_a_stack_of_java_stays_as_it_is():
    said = "Caused by: nothing\n  at the first line (of two)\njava.lang.Error: kept"
    assert without_java_trace(said) == said
