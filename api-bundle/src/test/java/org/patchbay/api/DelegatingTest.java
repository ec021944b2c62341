package org.patchbay.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Wrappers hide nothing: each method of the interfaces, those that they will grow included, reaches
 * the object behind, with its arguments, its answer and its exception.
 */
final class DelegatingTest {

  private static final class PlainEndpoint extends DelegatingEndpoint {
    PlainEndpoint(Endpoint delegate) {
      super(delegate);
    }
  }

  private static final class PlainQueue extends DelegatingQueue {
    PlainQueue(Queue delegate) {
      super(delegate);
    }
  }

  @Test
  @DisplayName("E20 an endpoint's methods all reach the delegate")
  void anEndpointsMethodsAllReachTheDelegate() throws ReflectiveOperationException {
    List<String> called = new ArrayList<>();
    Endpoint recorder = recorder(Endpoint.class, called);
    assertForwardsAll(
        Endpoint.class,
        new PlainEndpoint(recorder),
        PlainEndpoint.class,
        DelegatingEndpoint.class,
        called);
  }

  @Test
  @DisplayName("E20 a queue's methods all reach the delegate")
  void aQueuesMethodsAllReachTheDelegate() throws ReflectiveOperationException {
    List<String> called = new ArrayList<>();
    Queue recorder = recorder(Queue.class, called);
    assertForwardsAll(
        Queue.class, new PlainQueue(recorder), PlainQueue.class, DelegatingQueue.class, called);
  }

  /** The interfaces as they may grow: each by a method that the delegating classes don't know. */
  interface GrownEndpoint extends Endpoint {
    default long grownCapability() {
      return 0;
    }
  }

  interface GrownQueue extends Queue {
    default void grownCall(int number) {}
  }

  private static final class OldEndpoint extends DelegatingEndpoint implements GrownEndpoint {
    OldEndpoint(Endpoint delegate) {
      super(delegate);
    }
  }

  private static final class OldQueue extends DelegatingQueue implements GrownQueue {
    OldQueue(Queue delegate) {
      super(delegate);
    }
  }

  @Test
  @DisplayName("E20 a method that an interface grows is missed by name")
  void aMethodThatAnInterfaceGrowsIsMissedByName() {
    List<String> called = new ArrayList<>();
    AssertionError endpoint =
        assertThrows(
            AssertionError.class,
            () ->
                assertForwardsAll(
                    GrownEndpoint.class,
                    new OldEndpoint(recorder(GrownEndpoint.class, called)),
                    OldEndpoint.class,
                    DelegatingEndpoint.class,
                    called));
    assertTrue(String.valueOf(endpoint.getMessage()).contains("grownCapability"));
    AssertionError queue =
        assertThrows(
            AssertionError.class,
            () ->
                assertForwardsAll(
                    GrownQueue.class,
                    new OldQueue(recorder(GrownQueue.class, called)),
                    OldQueue.class,
                    DelegatingQueue.class,
                    called));
    assertTrue(String.valueOf(queue.getMessage()).contains("grownCall"));
  }

  @Test
  void exceptionsPassThrough() {
    Endpoint failing =
        proxy(
            Endpoint.class,
            (method, arguments) -> {
              throw new EndpointException(EndpointError.BUSY, method.getName());
            });
    EndpointException failure =
        assertThrows(
            EndpointException.class, () -> new PlainEndpoint(failing).getQueues(List.of(), null));
    assertEquals(EndpointError.BUSY, failure.error());
  }

  private interface Answer {
    @Nullable Object answer(Method method, @Nullable Object[] arguments) throws Exception;
  }

  private static <T> T proxy(Class<T> type, Answer answer) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (self, method, arguments) ->
                answer.answer(method, arguments == null ? new Object[0] : arguments)));
  }

  private static <T> T recorder(Class<T> type, List<String> called) {
    return proxy(
        type,
        (method, arguments) -> {
          called.add(signature(method) + List.of(arguments));
          return value(method.getReturnType(), 1);
        });
  }

  private static void assertForwardsAll(
      Class<?> type,
      Object wrapper,
      Class<?> wrapperType,
      Class<?> delegatingType,
      List<String> called)
      throws ReflectiveOperationException {
    int methods = 0;
    for (Method method : type.getMethods()) {
      if (Modifier.isStatic(method.getModifiers())) {
        continue;
      }
      methods++;
      assertEquals(
          delegatingType,
          wrapperType.getMethod(method.getName(), method.getParameterTypes()).getDeclaringClass(),
          () -> delegatingType.getSimpleName() + " does not override " + method);
      Object[] arguments = new Object[method.getParameterCount()];
      for (int i = 0; i < arguments.length; i++) {
        arguments[i] = value(method.getParameterTypes()[i], i + 5);
      }
      called.clear();
      Object answer = invoke(method, wrapper, arguments);
      assertEquals(List.of(signature(method) + List.of(arguments)), called);
      assertEquals(value(method.getReturnType(), 1), answer, method.getName());
    }
    assertNotEquals(0, methods);
  }

  private static @Nullable Object invoke(Method method, Object target, Object[] arguments)
      throws ReflectiveOperationException {
    try {
      return method.invoke(target, arguments);
    } catch (InvocationTargetException e) {
      throw new AssertionError(method + " threw", e.getCause());
    }
  }

  private static String signature(Method method) {
    return method.getName() + List.of(method.getParameterTypes());
  }

  private static final BufferAccess BUFFERS =
      proxy(
          BufferAccess.class,
          (method, arguments) -> method.getName().equals("toString") ? "buffers" : 0);
  private static final TxBatch BATCH = new TxBatch(1, 1);
  private static final int[] IDS = {1};
  private static final RssConfig RSS = new RssConfig(new byte[0], new int[0], 0);
  private static final InspectNode NODE = new InspectNode();
  private static final QueueStatistics STATISTICS = new QueueStatistics();
  private static final Throwable FAILURE = new IllegalStateException("why");
  private static final EndpointAction ACTION = new EndpointAction.RestartRequired();

  /** A recognizable value of a type that methods take or answer, other than any default. */
  private static @Nullable Object value(Class<?> type, int number) {
    if (type == void.class) {
      return null;
    }
    Object[] values = {
      number,
      (long) number,
      true,
      "text",
      List.of(),
      BUFFERS,
      BATCH,
      IDS,
      RSS,
      NODE,
      STATISTICS,
      FAILURE,
      ACTION,
      TxOffloadSupport.ALL,
      new MultiQueueSupport(7, 9)
    };
    for (Object value : values) {
      if (type.isInstance(value) || primitive(value.getClass()) == type) {
        return value;
      }
    }
    throw new AssertionError("this test needs a value of type " + type);
  }

  private static @Nullable Class<?> primitive(Class<?> type) {
    return type == Integer.class
        ? int.class
        : type == Long.class ? long.class : type == Boolean.class ? boolean.class : null;
  }
}
