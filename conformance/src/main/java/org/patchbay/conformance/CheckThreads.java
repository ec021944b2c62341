package org.patchbay.conformance;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.patchbay.conformance.support.ContractViolation;

/**
 * The threads of one check: its own, and those that it starts besides. Whoever waits for the check
 * in vain finds here where they are. Any thread.
 */
final class CheckThreads {

  private final List<Thread> threads = new CopyOnWriteArrayList<>();

  /** Something that runs on a thread of its own. */
  static final class Running {

    private final FutureTask<Void> task;

    private Running(FutureTask<Void> task) {
      this.task = task;
    }

    /**
     * Waits for its end.
     *
     * @throws Exception what it threw
     */
    void join() throws Exception {
      try {
        task.get();
      } catch (ExecutionException e) {
        switch (e.getCause()) {
          case ContractViolation violation -> throw violation;
          case Exception failure -> throw failure;
          case null, default -> throw e;
        }
      }
    }
  }

  /** Runs a task, the check itself for one. */
  void start(String name, FutureTask<?> task) {
    threads.removeIf(thread -> !thread.isAlive());
    threads.add(Thread.ofPlatform().daemon().name("conformance-" + name).start(task));
  }

  /** Runs a step. */
  Running start(String name, Check.Step step) {
    FutureTask<Void> task =
        new FutureTask<>(
            () -> {
              step.run();
              return null;
            });
    start(name, task);
    return new Running(task);
  }

  /** Stacks of the threads that live, in the order in which these were started. */
  List<StackTraceElement[]> stacks() {
    return threads.stream().filter(Thread::isAlive).map(Thread::getStackTrace).toList();
  }

  /** Interrupts all. */
  void interrupt() {
    threads.forEach(Thread::interrupt);
  }
}
