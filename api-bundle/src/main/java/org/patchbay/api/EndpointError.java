package org.patchbay.api;

/**
 * Every cause for which a call on the control path fails, each with its sentence. The set is
 * closed: a backend picks the cause that fits best and says the rest in the exception's detail.
 */
public enum EndpointError {
  TOO_MANY_QUEUES("more queues were asked for than the endpoint has"),
  BUSY("queues of an earlier call are still open"),
  UNSUPPORTED("the endpoint does not support this"),
  NEVER_CONNECTED("no endpoint was ever connected, so its capabilities are unknown"),
  NO_SUCH_ENDPOINT("there is no endpoint of that name"),
  NO_SUCH_NIC("there is no NIC of that name"),
  NO_SUCH_TYPE("there is no backend of that type"),
  NAME_TAKEN("the name is taken"),
  CLAIMED("the endpoint is plugged elsewhere"),
  INCOMPATIBLE("the endpoint can't give what the NIC's guest relies on"),
  INVALID_CONFIGURATION("the configuration is not valid"),
  NAME_TOO_LONG("the interface name is longer than 15 bytes"),
  NO_SUCH_INTERFACE("there is no such network interface"),
  NO_SUCH_NAMESPACE("there is no such network namespace"),
  NO_DEVICE_NODE("the device node is missing"),
  NO_PERMISSION("permission was denied"),
  HELD_BY_ANOTHER("the device is held by another process"),
  WRONG_FLAGS("the device was opened with other flags"),
  WRONG_DESCRIPTOR("the descriptor is not of the right kind"),
  OUT_OF_DESCRIPTORS("the process or system has no descriptors left"),
  OUT_OF_MEMORY("there is not enough memory"),
  SYSTEM_CALL_FAILED("a system call failed"),
  TIMED_OUT("it took too long"),
  GONE("the endpoint has left"),
  CLOSED("it was closed"),
  BACKEND_FAILED("the backend failed");

  private final String sentence;

  EndpointError(String sentence) {
    this.sentence = sentence;
  }

  /** The cause as a clause of a sentence. */
  public String sentence() {
    return sentence;
  }
}
