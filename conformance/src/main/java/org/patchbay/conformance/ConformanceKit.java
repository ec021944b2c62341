package org.patchbay.conformance;

import java.util.ArrayList;
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

  /** Why no further check runs, as a sentence; null as long as they do. */
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
      CheckResult result = stuck == null ? run(check) : blocked(check, stuck);
      results.add(result);
      progress.found(result);
    }
    results.addAll(elsewhere);
    return new ConformanceReport(fixture.name(), results);
  }

  /** Runs a check on a thread of its own, so that an endpoint that blocks can't stop the run. */
  private CheckResult run(Check check) throws InterruptedException {
    CheckThreads threads = new CheckThreads();
    FutureTask<CheckResult> task = new FutureTask<>(() -> attempt(check, threads));
    threads.start(check.line(), task);
    try {
      return task.get(fixture.limit().toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      CheckResult result = endless(check, threads.stacks());
      threads.interrupt();
      return result;
    } catch (ExecutionException e) {
      return e.getCause() instanceof ContractViolation violation
          ? result(check, violation)
          : fixtureFailed(check, reason(e.getCause()));
    } catch (InterruptedException e) {
      threads.interrupt();
      throw e;
    }
  }

  private static String reason(@Nullable Throwable cause) {
    return cause instanceof FixtureFailure failure
        ? String.valueOf(failure.getMessage())
        : String.valueOf(cause);
  }

  /**
   * What it means that a check has not ended in time. A call of the endpoint may not block, one of
   * the fixture should not, and where neither is under way, the check is just slow.
   *
   * @param stacks of the check's threads
   */
  private CheckResult endless(Check check, List<StackTraceElement[]> stacks) {
    for (StackTraceElement[] stack : stacks) {
      String method = ObservedEndpoint.methodIn(stack);
      String line = method != null ? "E21" : QueueHarness.lineOfStuckCall(stack);
      if (line != null) {
        stuck = line + " is broken: a call never returned, so no further check was run";
        String ofQueue = line.equals("E21") ? "close() of a queue" : "a call of a queue";
        String call = method == null ? ofQueue : method + "()";
        return result(
            check,
            new ContractViolation(
                line,
                call + " did not return within " + seconds() + "; its thread was " + where(stack)));
      }
    }
    for (StackTraceElement[] stack : stacks) {
      if (ObservedSubject.isIn(stack)) {
        stuck = "the fixture failed: a call never returned, so no further check was run";
        return fixtureFailed(
            check, "it did not return within " + seconds() + "; its thread was " + where(stack));
      }
    }
    stuck = "a check of " + check.line() + " had no end, so no further check was run";
    return blocked(
        check,
        "no end after "
            + seconds()
            + (stacks.isEmpty() ? "" : "; the thread was " + where(stacks.getFirst())));
  }

  private static String where(StackTraceElement[] stack) {
    return stack.length == 0 ? "gone" : "in " + stack[0];
  }

  private String seconds() {
    return fixture.limit().toSeconds() + " s";
  }

  private static CheckResult blocked(Check check, String why) {
    return new CheckResult(check.line(), check.title(), Outcome.BLOCKED, why);
  }

  private static CheckResult fixtureFailed(Check check, String why) {
    return new CheckResult(check.line(), check.title(), Outcome.FIXTURE_FAILED, why);
  }

  private CheckResult attempt(Check check, CheckThreads threads)
      throws FixtureFailure, InterruptedException {
    ObservedSubject subject = ObservedSubject.open(fixture);
    CheckResult result;
    try {
      result = attempt(check, new Trial(check.line(), fixture, subject, threads));
    } finally {
      subject.release();
    }
    return result;
  }

  private static CheckResult attempt(Check check, Trial trial)
      throws FixtureFailure, InterruptedException {
    try {
      String reason = check.unless().apply(Declared.of(trial.fate(), trial.endpoint()));
      if (reason != null) {
        return new CheckResult(check.line(), check.title(), Outcome.NOT_APPLICABLE, reason);
      }
      if (check.needsFrames() && trial.fate() == FrameFate.UNKNOWN) {
        return unchecked(check, "needs a far end");
      }
      runBody(check, trial);
      return new CheckResult(check.line(), check.title(), Outcome.HELD, "");
    } catch (Unchecked e) {
      return unchecked(check, String.valueOf(e.getMessage()));
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

  /**
   * What comes of a violation. Called, as all that writes here, by the thread that runs the kit.
   */
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
    return blocked(check, violation.line() + " is broken: " + violation.sentence());
  }
}
