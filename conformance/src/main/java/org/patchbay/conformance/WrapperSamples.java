package org.patchbay.conformance;

import java.lang.invoke.MethodType;
import java.lang.reflect.Array;
import java.lang.reflect.Constructor;
import java.lang.reflect.GenericArrayType;
import java.lang.reflect.Method;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.lang.reflect.WildcardType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.patchbay.api.EndpointAction;
import org.patchbay.api.EndpointError;
import org.patchbay.api.EndpointException;
import org.patchbay.api.MultiQueueSupport;
import org.patchbay.api.Queue;
import org.patchbay.api.TxBatch;
import org.patchbay.api.TxOffloadSupport;
import org.patchbay.api.TxResult;

/** Values to call methods with and to answer, several of each type, so that one can tell them. */
final class WrapperSamples {

  /** How many values of a type there are to try. */
  static final int VARIANTS = 3;

  private static final int LENGTH = 8;
  private static final int PACKETS = 4;

  private WrapperSamples() {}

  /** Arguments for a method. */
  static @Nullable Object[] arguments(Method method, int variant) {
    return Arrays.stream(method.getGenericParameterTypes())
        .map(type -> value(type, variant))
        .toArray();
  }

  /** What a method may answer. Counts of a queue's methods are such as may be true. */
  static @Nullable Object answer(Method method, int variant) {
    if (method.getReturnType() != int.class || method.getDeclaringClass() != Queue.class) {
      return value(method.getGenericReturnType(), variant);
    }
    int[] answers =
        switch (method.getName()) {
          case "rxAvail" -> new int[] {0, Queue.TRY_RESTART, Queue.FATAL};
          case "txAvail" ->
              new int[] {TxResult.complete(2), TxResult.pending(PACKETS), Queue.TRY_RESTART};
          default -> new int[] {2, 0, Queue.FATAL};
        };
    return answers[variant % answers.length];
  }

  /** What a method may throw: its checked exceptions, and what the contract names. */
  static List<Throwable> failures(Method method) {
    if (method.getName().equals("stop")) {
      return List.of(new IllegalStateException("a queue is open"));
    }
    return Arrays.stream(method.getExceptionTypes()).map(WrapperSamples::failure).toList();
  }

  private static Throwable failure(Class<?> type) {
    if (type == EndpointException.class) {
      return new EndpointException(EndpointError.BUSY, "so says the one inside");
    }
    if (type == InterruptedException.class) {
      return new InterruptedException("so says the one inside");
    }
    return (Throwable) construct(type, 0);
  }

  /**
   * A value of a type; the elements of a list are of the type that it names.
   *
   * @throws IllegalStateException if the kit knows none
   */
  static @Nullable Object value(Type type, int variant) {
    if (type instanceof ParameterizedType parameterized
        && parameterized.getRawType() instanceof Class<?> raw
        && raw.isAssignableFrom(List.class)) {
      return list(parameterized.getActualTypeArguments()[0], variant);
    }
    return value(rawType(type), variant);
  }

  private static Class<?> rawType(Type type) {
    return switch (type) {
      case Class<?> known -> known;
      case ParameterizedType parameterized -> (Class<?>) parameterized.getRawType();
      case TypeVariable<?> variable -> rawType(variable.getBounds()[0]);
      case WildcardType wildcard -> rawType(wildcard.getUpperBounds()[0]);
      case GenericArrayType array -> rawType(array.getGenericComponentType()).arrayType();
      default -> Object.class;
    };
  }

  /** Never empty, as that is what a method answers which nobody forwards, and of many lengths. */
  private static List<@Nullable Object> list(Type element, int variant) {
    List<@Nullable Object> elements = new ArrayList<>();
    for (int i = 0; i <= variant; i++) {
      elements.add(value(element, variant + 10 * i));
    }
    return Collections.unmodifiableList(elements);
  }

  private static @Nullable Object value(Class<?> type, int variant) {
    Class<?> unboxed = MethodType.methodType(type).unwrap().returnType();
    if (unboxed == void.class) {
      return null;
    }
    if (unboxed == boolean.class) {
      return variant % 2 == 0;
    }
    if (unboxed.isPrimitive()) {
      return number(unboxed, 3 + variant);
    }
    if (type == String.class) {
      return "text" + variant;
    }
    if (type == TxOffloadSupport.class) {
      TxOffloadSupport mixed = new TxOffloadSupport(true, false, true, false, true);
      return List.of(TxOffloadSupport.ALL, mixed, TxOffloadSupport.NONE).get(variant % 3);
    }
    if (type == MultiQueueSupport.class) {
      return new MultiQueueSupport(2 + 7 * variant, 16 * variant);
    }
    if (type == EndpointAction.class) {
      return variant == 0
          ? new EndpointAction.RestartRequired()
          : new EndpointAction.LinkStatusNotify(variant % 2 == 1);
    }
    if (type == TxBatch.class) {
      return batch();
    }
    if (type == Throwable.class) {
      return new IllegalStateException("why " + variant);
    }
    return general(type, variant);
  }

  private static Object number(Class<?> type, int value) {
    if (type == long.class) {
      return 1_000_000_000L * value;
    }
    if (type == int.class) {
      return value;
    }
    if (type == short.class) {
      return (short) value;
    }
    if (type == byte.class) {
      return (byte) value;
    }
    if (type == char.class) {
      return (char) ('a' + value);
    }
    return type == float.class ? (Object) (float) value : (Object) (double) value;
  }

  private static TxBatch batch() {
    TxBatch batch = new TxBatch(PACKETS, PACKETS);
    for (int i = 0; i < PACKETS; i++) {
      boolean unused = batch.addPacket(i, 1, 0, 60, 4096L * i, 60);
    }
    return batch;
  }

  /** A value of a type that this class does not know by its name. */
  private static @Nullable Object general(Class<?> type, int variant) {
    if (type.isEnum()) {
      Object[] constants = type.getEnumConstants();
      return constants[variant % constants.length];
    }
    if (type.isArray()) {
      Object array = Array.newInstance(type.getComponentType(), LENGTH);
      for (int i = 0; i < LENGTH; i++) {
        Array.set(array, i, value(type.getComponentType(), variant + 10 * i));
      }
      return array;
    }
    if (type.isSealed()) {
      Class<?>[] permitted = type.getPermittedSubclasses();
      return value(permitted[variant % permitted.length], variant);
    }
    if (type.isAssignableFrom(List.class)) {
      return list(String.class, variant);
    }
    if (type.isInterface()) {
      return new WrapperRecorder(type).as(type);
    }
    return construct(type, variant);
  }

  private static Object construct(Class<?> type, int variant) {
    RecordComponent[] components =
        type.isRecord() ? type.getRecordComponents() : new RecordComponent[0];
    Class<?>[] parameters =
        Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
    try {
      Constructor<?> constructor = type.getDeclaredConstructor(parameters);
      return constructor.newInstance(
          Arrays.stream(components)
              .map(component -> value(component.getGenericType(), variant))
              .toArray());
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("the kit has no sample of type " + type.getName(), e);
    }
  }
}
