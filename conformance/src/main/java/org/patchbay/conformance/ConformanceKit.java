package org.patchbay.conformance;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.patchbay.conformance.support.ContractViolation;
import org.patchbay.conformance.support.QueueHarness;

/** Runs all checks against a fixture's endpoint. */
public final class ConformanceKit {

  private final Fixture fixture;
  private final List<CheckResult> elsewhere = new ArrayList<>();

  /** The line that a call broke which never returned; no check runs after it. */
  private @Nullable String stuck;

  private ConformanceKit(Fixture fixture) {
    this.fixture = fixture;
  }

  /**
   * Checks an endpoint against every line of the contract that the kit knows.
   *
   * @throws InterruptedException when interrupted; the check that runs is abandoned
   */
  public static ConformanceReport run(Fixture fixture) throws InterruptedException {
    return new ConformanceKit(fixture).runAll();
  }

  /** All checks, in the order of the contract's lines. */
  static List<Check> checks() {
    return Stream.of(
            EndpointChecks.all(),
            LifecycleChecks.all(),
            QueueChecks.all(),
            ReceiveChecks.all(),
            TransmitChecks.all(),
            CloseChecks.all())
        .flatMap(List::stream)
        .sorted(
            Comparator.<Check>comparingInt(check -> "EQB".indexOf(check.line().charAt(0)))
                .thenComparingInt(check -> Integer.parseInt(check.line().substring(1))))
        .toList();
  }

  private ConformanceReport runAll() throws InterruptedException {
    List<CheckResult> results = new ArrayList<>();
    for (Check check : checks()) {
      results.add(stuck == null ? run(check) : notRun(check, stuck));
    }
    results.addAll(elsewhere);
    return new ConformanceReport(fixture.name(), results);
  }

  /** Runs a check on a thread of its own, so that an endpoint that blocks can't stop the run. */
  private CheckResult run(Check check) throws InterruptedException {
    FutureTask<CheckResult> task = new FutureTask<>(() -> attempt(check));
    Thread thread = Thread.ofPlatform().daemon().name("conformance-" + check.line()).start(task);
    try {
      return task.get(fixture.limit().toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      ContractViolation violation = endless(check, thread.getStackTrace());
      thread.interrupt();
      stuck = violation.line();
      return result(check, violation);
    } catch (ExecutionException e) {
      return new CheckResult(
          check.line(), check.title(), Outcome.FIXTURE_FAILED, String.valueOf(e.getCause()));
    } catch (InterruptedException e) {
      thread.interrupt();
      throw e;
    }
  }

  /** What it means that a check has not ended in time: a call of a queue must not block. */
  private ContractViolation endless(Check check, StackTraceElement[] stack) {
    boolean inQueue =
        Arrays.stream(stack)
            .anyMatch(
                frame ->
                    frame.getClassName().equals(QueueHarness.class.getName())
                        && frame.getMethodName().equals("call"));
    return new ContractViolation(
        inQueue ? "Q6" : check.line(),
        "no end after "
            + fixture.limit().toSeconds()
            + " s; the thread was "
            + (stack.length == 0 ? "gone" : "in " + stack[0]));
  }

  private static CheckResult notRun(Check check, String stuck) {
    return new CheckResult(
        check.line(),
        check.title(),
        Outcome.BLOCKED,
        stuck + " is broken: a call never returned, so no further check was run");
  }

  private CheckResult attempt(Check check) throws Exception {
    Trial trial = new Trial(check.line(), fixture, fixture.open());
    try {
      String reason = check.unless().apply(Declared.of(fixture.fate(), trial.endpoint()));
      if (reason != null) {
        return new CheckResult(check.line(), check.title(), Outcome.NOT_APPLICABLE, reason);
      }
      ContractViolation violation = violation(check, trial);
      if (violation == null) {
        return new CheckResult(check.line(), check.title(), Outcome.HELD, "");
      }
      return result(check, violation);
    } finally {
      trial.release();
    }
  }

  private static @Nullable ContractViolation violation(Check check, Trial trial) throws Exception {
    ContractViolation violation = null;
    Exception failure = null;
    try {
      check.body().run(trial);
    } catch (ContractViolation e) {
      violation = e;
    } catch (Exception e) {
      failure = e;
    }
    try {
      trial.end();
    } catch (ContractViolation e) {
      violation = violation == null ? e : violation;
    }
    if (failure != null && violation == null) {
      throw failure;
    }
    return violation;
  }

  private CheckResult result(Check check, ContractViolation violation) {
    if (violation.line().equals(check.line())) {
      return new CheckResult(check.line(), check.title(), Outcome.BROKEN, violation.sentence());
    }
    if (elsewhere.stream().noneMatch(result -> result.line().equals(violation.line()))) {
      elsewhere.add(
          new CheckResult(
              violation.line(),
              "seen while checking " + check.line(),
              Outcome.BROKEN,
              violation.sentence()));
    }
    return new CheckResult(
        check.line(),
        check.title(),
        Outcome.BLOCKED,
        violation.line() + " is broken: " + violation.sentence());
  }
}
