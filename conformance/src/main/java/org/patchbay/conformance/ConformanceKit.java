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
  private final Progress progress;
  private final List<CheckResult> elsewhere = new ArrayList<>();

  /** The line that a call broke which never returned; no check runs after it. */
  private @Nullable String stuck;

  private ConformanceKit(Fixture fixture, Progress progress) {
    this.fixture = fixture;
    this.progress = progress;
  }

  /**
   * Checks an endpoint against every line of the contract that the kit knows.
   *
   * @throws InterruptedException when interrupted; the check that runs is abandoned
   */
  public static ConformanceReport run(Fixture fixture) throws InterruptedException {
    return run(fixture, Progress.none());
  }

  /**
   * The same, telling how it goes on.
   *
   * @throws InterruptedException when interrupted; the check that runs is abandoned
   */
  public static ConformanceReport run(Fixture fixture, Progress progress)
      throws InterruptedException {
    return new ConformanceKit(fixture, progress).runAll();
  }

  /**
   * What a report says when not one check was run: each as not checked.
   *
   * @param reason why
   */
  public static List<CheckResult> nothingRun(String reason) {
    return checks().stream()
        .map(check -> new CheckResult(check.line(), check.title(), Outcome.BLOCKED, reason))
        .toList();
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
      progress.begins(check.line(), check.title());
      CheckResult result = stuck == null ? run(check) : notRun(check, stuck);
      results.add(result);
      progress.found(result);
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
      return fixtureFailed(check, String.valueOf(e.getCause()));
    } catch (InterruptedException e) {
      thread.interrupt();
      throw e;
    }
  }

  /** What it means that a check has not ended in time: no call that it makes may block. */
  private ContractViolation endless(Check check, StackTraceElement[] stack) {
    String where = stack.length == 0 ? "gone" : "in " + stack[0];
    String method = ObservedEndpoint.methodIn(stack);
    if (method != null) {
      return new ContractViolation(
          "E21", method + "() did not return within " + seconds() + "; its thread was " + where);
    }
    return new ContractViolation(
        Arrays.stream(stack).anyMatch(QueueHarness::isQueueCall) ? "Q6" : check.line(),
        "no end after " + seconds() + "; the thread was " + where);
  }

  private String seconds() {
    return fixture.limit().toSeconds() + " s";
  }

  private static CheckResult notRun(Check check, String stuck) {
    return new CheckResult(
        check.line(),
        check.title(),
        Outcome.BLOCKED,
        stuck + " is broken: a call never returned, so no further check was run");
  }

  private static CheckResult fixtureFailed(Check check, String why) {
    return new CheckResult(check.line(), check.title(), Outcome.FIXTURE_FAILED, why);
  }

  private CheckResult attempt(Check check) throws Exception {
    Trial trial = new Trial(check.line(), fixture, fixture.open());
    CheckResult result;
    try {
      result = attempt(check, trial);
    } finally {
      trial.release();
    }
    return result;
  }

  private CheckResult attempt(Check check, Trial trial) throws InterruptedException {
    try {
      String reason = check.unless().apply(Declared.of(fixture.fate(), trial.endpoint()));
      if (reason != null) {
        return new CheckResult(check.line(), check.title(), Outcome.NOT_APPLICABLE, reason);
      }
      if (check.needsFrames() && fixture.fate() == FrameFate.UNKNOWN) {
        return unchecked(check, "needs a far end");
      }
      runBody(check, trial);
      return new CheckResult(check.line(), check.title(), Outcome.HELD, "");
    } catch (ContractViolation violation) {
      return result(check, violation);
    } catch (Unchecked e) {
      return unchecked(check, String.valueOf(e.getMessage()));
    } catch (FixtureFailure e) {
      return fixtureFailed(check, String.valueOf(e.getMessage()));
    }
  }

  private static CheckResult unchecked(Check check, String why) {
    return new CheckResult(check.line(), check.title(), Outcome.NOT_CHECKED, why);
  }

  /** Runs a check and ends it; what the check itself found goes before what its end finds. */
  private static void runBody(Check check, Trial trial)
      throws FixtureFailure, InterruptedException {
    try {
      check.body().run(trial);
    } catch (ContractViolation | FixtureFailure | InterruptedException e) {
      endQuietly(trial);
      throw e;
    } catch (Unchecked e) {
      trial.end();
      throw e;
    } catch (Exception | Error e) {
      endQuietly(trial);
      ContractViolation violation = new ContractViolation(check.line(), "there came " + e);
      violation.initCause(e);
      throw violation;
    }
    trial.end();
  }

  private static void endQuietly(Trial trial) {
    try {
      trial.end();
    } catch (ContractViolation violation) {
      // What was found before is what is told.
    }
  }

  private CheckResult result(Check check, ContractViolation violation) {
    if (violation.line().equals(check.line())) {
      return new CheckResult(check.line(), check.title(), Outcome.BROKEN, violation.sentence());
    }
    if (elsewhere.stream().noneMatch(result -> result.line().equals(violation.line()))) {
      CheckResult seen =
          new CheckResult(
              violation.line(),
              "seen while checking " + check.line(),
              Outcome.BROKEN,
              violation.sentence());
      elsewhere.add(seen);
      progress.found(seen);
    }
    return new CheckResult(
        check.line(),
        check.title(),
        Outcome.BLOCKED,
        violation.line() + " is broken: " + violation.sentence());
  }
}
