package org.patchbay.conformance;

import java.lang.reflect.UndeclaredThrowableException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.patchbay.api.DelegatingEndpoint;
import org.patchbay.api.Endpoint;
import org.patchbay.api.EndpointAction;
import org.patchbay.api.EndpointException;
import org.patchbay.api.InspectNode;
import org.patchbay.api.MultiQueueSupport;
import org.patchbay.api.Queue;
import org.patchbay.api.QueueConfig;
import org.patchbay.api.RssConfig;
import org.patchbay.api.TxOffloadSupport;
import org.patchbay.conformance.support.ContractViolation;

/**
 * The endpoint under test as checks call it: an answer that may not be, an error, and a call that
 * takes too long are violations. What a method may throw passes, and so does a RuntimeException of
 * a method whose checks judge it themselves; an Error becomes one of these.
 */
final class ObservedEndpoint extends DelegatingEndpoint {

  private static final Duration LONGEST_CALL = Duration.ofSeconds(1);

  ObservedEndpoint(Endpoint delegate) {
    super(delegate);
  }

  /** The method of the endpoint in which a thread is, or null; waiting for an action is none. */
  static @Nullable String methodIn(StackTraceElement[] stack) {
    for (StackTraceElement frame : stack) {
      String method = frame.getMethodName();
      if (frame.getClassName().equals(ObservedEndpoint.class.getName())
          && !method.startsWith("lambda$")
          && !method.equals("timed")
          && !method.equals("done")
          && !method.equals("answer")
          && !method.equals("waitForEndpointAction")) {
        return method;
      }
    }
    return null;
  }

  private static <T> T timed(String method, Callable<T> body) throws Exception {
    long start = System.nanoTime();
    try {
      return body.call();
    } catch (ContractViolation violation) {
      throw violation;
    } catch (Error e) {
      throw new Thrown(e);
    } finally {
      requireSoon(method, start);
    }
  }

  /** Throws a violation if a call that began at a time took too long, however it ended. */
  private static void requireSoon(String method, long start) {
    long nanos = System.nanoTime() - start;
    if (nanos > LONGEST_CALL.toNanos()) {
      throw new ContractViolation("E21", method + "() took " + nanos / 1_000_000 + " ms");
    }
  }

  /** A call that must throw nothing and answer something. */
  private static <T> T answer(String line, String method, Supplier<@Nullable T> body) {
    T answer;
    try {
      answer = timed(method, body::get);
    } catch (Exception e) {
      throw new ContractViolation(line, method + "() threw " + e);
    }
    if (answer == null) {
      throw new ContractViolation(line, method + "() answered null");
    }
    return answer;
  }

  @Override
  public String endpointType() {
    return answer("E1", "endpointType", super::endpointType);
  }

  @Override
  public List<Queue> getQueues(List<QueueConfig> configs, @Nullable RssConfig rss)
      throws EndpointException {
    try {
      List<Queue> queues = timed("getQueues", () -> super.getQueues(configs, rss));
      if (queues == null || queues.stream().anyMatch(Objects::isNull)) {
        throw new ContractViolation("E3", "getQueues() answered " + queues);
      }
      return queues;
    } catch (EndpointException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new Thrown(e);
    }
  }

  @Override
  public void stop() {
    try {
      Object unused = timed("stop", () -> done(super::stop));
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new Thrown(e);
    }
  }

  private static Object done(Runnable body) {
    body.run();
    return "";
  }

  @Override
  public boolean isOrdered() {
    return answer("E22", "isOrdered", super::isOrdered);
  }

  @Override
  public TxOffloadSupport txOffloadSupport() {
    return answer("E22", "txOffloadSupport", super::txOffloadSupport);
  }

  @Override
  public boolean carriesVlan() {
    return answer("E22", "carriesVlan", super::carriesVlan);
  }

  @Override
  public MultiQueueSupport multiQueueSupport() {
    return answer("E22", "multiQueueSupport", super::multiQueueSupport);
  }

  @Override
  public boolean txFastCompletions() {
    return answer("E22", "txFastCompletions", super::txFastCompletions);
  }

  @Override
  public long linkSpeed() {
    return answer("E22", "linkSpeed", super::linkSpeed);
  }

  @Override
  public void setDataPathToGuestVf(boolean useVf) throws EndpointException {
    try {
      Object unused =
          timed(
              "setDataPathToGuestVf",
              () -> {
                super.setDataPathToGuestVf(useVf);
                return "";
              });
    } catch (EndpointException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new Thrown(e);
    }
  }

  @Override
  public boolean getDataPathToGuestVf() throws EndpointException {
    try {
      return timed("getDataPathToGuestVf", super::getDataPathToGuestVf);
    } catch (EndpointException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new Thrown(e);
    }
  }

  @Override
  public EndpointAction waitForEndpointAction() throws InterruptedException {
    try {
      EndpointAction action = super.waitForEndpointAction();
      if (action == null) {
        throw new ContractViolation("E15", "waitForEndpointAction() answered null");
      }
      return action;
    } catch (ContractViolation violation) {
      throw violation;
    } catch (Error e) {
      throw new Thrown(e);
    }
  }

  @Override
  public void inspect(InspectNode node) {
    Object unused = answer("E19", "inspect", () -> done(() -> super.inspect(node)));
  }

  /** Something that a method may not throw, named as itself in sentences. */
  @SuppressWarnings("OverrideThrowableToString") // sentences name what was thrown, not this
  private static final class Thrown extends UndeclaredThrowableException {

    private static final long serialVersionUID = 1L;

    Thrown(Throwable thrown) {
      super(thrown);
    }

    @Override
    public String toString() {
      return String.valueOf(getCause());
    }
  }
}
