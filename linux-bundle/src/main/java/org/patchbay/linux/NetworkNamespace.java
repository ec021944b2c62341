package org.patchbay.linux;

import static org.patchbay.linux.Native.INT;

import java.lang.invoke.MethodHandle;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Runs something inside another network namespace.
 *
 * <p>Entering changes one thread for good, so each call runs on a platform thread of its own, which
 * ends with it; the caller's thread stays in its namespace. What the call opens there (a socket, a
 * TAP) belongs to that namespace wherever it is used later.
 */
public final class NetworkNamespace {
  /** Where {@code ip netns} keeps namespaces by name. */
  private static final String FOLDER = "/run/netns/";

  private static final Duration LIMIT = Duration.ofSeconds(10);

  private NetworkNamespace() {}

  /**
   * Why a namespace cannot have this name, as a sentence, or null if it can: {@code ip netns}
   * allows a file name of 1 to 255 bytes.
   */
  public static @Nullable String nameProblem(String name) {
    boolean valid =
        !name.isEmpty()
            && name.length() <= 255
            && name.indexOf('/') < 0
            && name.indexOf('\0') < 0
            && !name.equals(".")
            && !name.equals("..");
    return valid
        ? null
        : "The network namespace " + name + " is not a name: 1 to 255 bytes without a slash.";
  }

  /**
   * Runs {@code body} in the namespace that {@code ip netns} knows as {@code name} and answers its
   * result. Needs {@code CAP_SYS_ADMIN}.
   *
   * <p>An interrupt of the caller does not cut the call short, so that nothing it opened is lost;
   * it is kept for afterwards. A body that takes longer than 10 s is abandoned; should it still
   * end, its result is closed if it is {@link AutoCloseable}.
   *
   * @throws LinuxException if the namespace cannot be opened ({@link Errno#ENOENT}: there is none
   *     of that name) or entered, or as thrown by the body
   * @throws Exception as thrown by the body
   */
  public static <T> T call(String name, Callable<T> body) throws Exception {
    String problem = nameProblem(name);
    if (problem != null) {
      throw new IllegalArgumentException(problem);
    }
    try (Descriptor namespace = Descriptor.open(FOLDER + name, false, true)) {
      return call(namespace, name, body);
    }
  }

  /**
   * Runs {@code body} in the namespace behind an open descriptor, otherwise like {@link
   * #call(String, Callable)}.
   */
  public static <T> T call(Descriptor namespace, Callable<T> body) throws Exception {
    return call(namespace, namespace.toString(), body);
  }

  private static <T> T call(Descriptor namespace, String name, Callable<T> body) throws Exception {
    Entry<T> entry = new Entry<>(namespace.value(), name, body);
    Thread thread =
        Thread.ofPlatform().name("patchbay-netns-" + name).daemon(true).unstarted(entry);
    thread.start();
    boolean interrupted = entry.awaitUninterruptibly();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    return entry.take();
  }

  /** How a call ended. */
  private sealed interface Outcome<T> {
    record Returned<T>(T value) implements Outcome<T> {}

    record Threw<T>(Throwable failure) implements Outcome<T> {}

    record Abandoned<T>() implements Outcome<T> {}
  }

  /** What the namespace's thread runs, and the hand-over of its outcome. */
  private static final class Entry<T> implements Runnable {
    private final int namespace;
    private final String name;
    private final Callable<T> body;
    private final CountDownLatch ended = new CountDownLatch(1);
    private final AtomicReference<@Nullable Outcome<T>> outcome = new AtomicReference<>();

    Entry(int namespace, String name, Callable<T> body) {
      this.namespace = namespace;
      this.name = name;
      this.body = body;
    }

    @Override
    public void run() {
      Outcome<T> mine = attempt();
      if (!outcome.compareAndSet(null, mine)) {
        discard(mine);
      }
      ended.countDown();
    }

    private Outcome<T> attempt() {
      try {
        enter();
        return new Outcome.Returned<>(body.call());
      } catch (Throwable thrown) {
        // Whatever it is, it belongs to the caller, who rethrows it.
        return new Outcome.Threw<>(thrown);
      }
    }

    private void enter() throws LinuxException {
      try (CallFrame frame = new CallFrame()) {
        int result;
        try {
          result =
              Native.result(
                  (int) Calls.SETNS.invokeExact(frame.state, namespace, Uapi.CLONE_NEWNET),
                  frame.state);
        } catch (Throwable thrown) {
          throw Native.unexpected(thrown);
        }
        LinuxException.check("setns(" + name + ")", result);
      }
    }

    private static void discard(Outcome<?> late) {
      if (late instanceof Outcome.Returned<?>(AutoCloseable resource)) {
        try {
          resource.close();
        } catch (Exception ignored) {
          // The caller has long been told that the call failed; nobody is left to hear this.
        }
      }
    }

    boolean awaitUninterruptibly() {
      boolean interrupted = false;
      long deadline = System.nanoTime() + LIMIT.toNanos();
      while (true) {
        try {
          if (!ended.await(deadline - System.nanoTime(), TimeUnit.NANOSECONDS)) {
            outcome.compareAndSet(null, new Outcome.Abandoned<>());
          }
          return interrupted;
        } catch (InterruptedException kept) {
          interrupted = true;
        }
      }
    }

    T take() throws Exception {
      return switch (outcome.get()) {
        case Outcome.Returned<T>(T value) -> value;
        case Outcome.Threw<T>(Exception failure) -> throw failure;
        case Outcome.Threw<T>(Error failure) -> throw failure;
        case Outcome.Threw<T>(Throwable failure) -> throw new IllegalStateException(failure);
        case Outcome.Abandoned<T>() ->
            throw new IllegalStateException(
                "The call in the network namespace "
                    + name
                    + " took longer than "
                    + LIMIT.toSeconds()
                    + " s.");
        case null -> throw new IllegalStateException("The call's wait ended without an outcome.");
      };
    }
  }

  /** Linked only when a namespace is entered. */
  private static final class Calls {
    /** {@code int setns(int fd, int kind)}. */
    static final MethodHandle SETNS = Native.function("setns", INT, INT, INT);
  }
}
