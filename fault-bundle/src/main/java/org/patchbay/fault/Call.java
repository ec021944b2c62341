package org.patchbay.fault;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Where a fault can happen: a component's activation, and each method that vendors implement. */
enum Call {
  ACTIVATE("activate"),
  ENDPOINT_TYPE("endpointType"),
  GET_QUEUES("getQueues"),
  STOP("stop"),
  IS_ORDERED("isOrdered"),
  TX_OFFLOAD_SUPPORT("txOffloadSupport"),
  CARRIES_VLAN("carriesVlan"),
  MULTI_QUEUE_SUPPORT("multiQueueSupport"),
  TX_FAST_COMPLETIONS("txFastCompletions"),
  LINK_SPEED("linkSpeed"),
  SET_DATA_PATH_TO_GUEST_VF("setDataPathToGuestVf"),
  GET_DATA_PATH_TO_GUEST_VF("getDataPathToGuestVf"),
  WAIT_FOR_ENDPOINT_ACTION("waitForEndpointAction"),
  INSPECT("inspect"),
  UPDATE_TARGET_VP("updateTargetVp"),
  POLL_READY("pollReady"),
  RX_AVAIL("rxAvail"),
  RX_POLL("rxPoll"),
  TX_AVAIL("txAvail"),
  TX_POLL("txPoll"),
  STATISTICS("statistics"),
  FAILURE("failure"),
  CLOSE("close");

  private final String text;

  Call(String text) {
    this.text = text;
  }

  /** The method's name, as in a configuration. */
  String text() {
    return text;
  }

  /** The call of a name, or null if there is none. */
  static @Nullable Call of(String text) {
    return Arrays.stream(values()).filter(call -> call.text.equals(text)).findFirst().orElse(null);
  }

  /** Names for a sentence, such as {@code rxPoll, txPoll}. */
  static String names(Set<Call> calls) {
    return calls.stream().map(Call::text).collect(Collectors.joining(", "));
  }

  /** Every call. */
  static Set<Call> all() {
    return EnumSet.allOf(Call.class);
  }

  /** Every call that an endpoint or queue gets. */
  static Set<Call> methods() {
    return EnumSet.complementOf(EnumSet.of(ACTIVATE));
  }

  /** The calls of a queue that lend it buffers. */
  static Set<Call> withBuffers() {
    return EnumSet.of(POLL_READY, RX_AVAIL, RX_POLL, TX_AVAIL, TX_POLL);
  }
}
