package org.patchbay.vhostuser.protocol;

import org.jspecify.annotations.Nullable;

/** The requests that a front-end can send, by their names and numbers in the specification. */
public enum Request {
  GET_FEATURES(1, 0),
  SET_FEATURES(2, 8),
  SET_OWNER(3, 0),
  RESET_OWNER(4, 0),
  SET_MEM_TABLE(5, 8, MemoryTable.MOST_TABLE_REGIONS * RegionDescription.SIZE, true),
  SET_VRING_NUM(8, 8),
  SET_VRING_ADDR(9, 40),
  SET_VRING_BASE(10, 8),
  GET_VRING_BASE(11, 8),
  SET_VRING_KICK(12, 8, 0, true),
  SET_VRING_CALL(13, 8, 0, true),
  SET_VRING_ERR(14, 8, 0, true),
  GET_PROTOCOL_FEATURES(15, 0),
  SET_PROTOCOL_FEATURES(16, 8),
  GET_QUEUE_NUM(17, 0),
  SET_VRING_ENABLE(18, 8),
  NET_SET_MTU(20, 8),
  SET_BACKEND_REQ_FD(21, 0, 0, true),
  GET_CONFIG(24, 12, 256, false),
  RESET_DEVICE(34, 0),
  GET_MAX_MEM_SLOTS(36, 0),
  ADD_MEM_REG(37, 8 + RegionDescription.SIZE, 0, true),
  REM_MEM_REG(38, 8 + RegionDescription.SIZE, 0, true),
  SET_STATUS(39, 8),
  GET_STATUS(40, 0);

  /** One more than the largest number of any of them. */
  static final int LIMIT = 41;

  private static final @Nullable Request[] BY_CODE = new Request[LIMIT];

  static {
    for (Request request : values()) {
      BY_CODE[request.code] = request;
    }
  }

  private final int code;
  private final int leastPayload;
  private final int mostPayload;
  private final boolean takesDescriptors;

  Request(int code, int payload) {
    this(code, payload, 0, false);
  }

  Request(int code, int leastPayload, int morePayload, boolean takesDescriptors) {
    this.code = code;
    this.leastPayload = leastPayload;
    this.mostPayload = leastPayload + morePayload;
    this.takesDescriptors = takesDescriptors;
  }

  /** The number on the wire. */
  public int code() {
    return code;
  }

  /** The request of a number, or null if it is none that this back-end knows. */
  public static @Nullable Request of(int code) {
    return code >= 0 && code < LIMIT ? BY_CODE[code] : null;
  }

  /** The name of a number, for people. */
  public static String name(int code) {
    Request request = of(code);
    return request == null ? "request " + Integer.toUnsignedString(code) : request.name();
  }

  /** Refuses a message whose payload or descriptors can't be this request's. */
  void check(Message message) throws ProtocolViolation {
    int size = message.payloadSize();
    if (size < leastPayload || size > mostPayload) {
      throw new ProtocolViolation(
          name()
              + " has "
              + size
              + " bytes of payload; "
              + (leastPayload == mostPayload
                  ? leastPayload + " is the size"
                  : leastPayload + " to " + mostPayload + " are allowed"));
    }
    if (!takesDescriptors && message.descriptorCount() > 0) {
      throw new ProtocolViolation(
          name() + " came with " + message.descriptorCount() + " descriptors; it has none");
    }
  }
}
