package org.patchbay.disconnectable;

/**
 * Who has claimed an endpoint.
 *
 * @param name a NIC's name, or that of the endpoint around the claimed one
 * @param isNic which of the two
 */
record Holder(String name, boolean isNic) {

  static Holder nic(String name) {
    return new Holder(name, true);
  }

  static Holder wrapper(String endpoint) {
    return new Holder(endpoint, false);
  }

  /** As lists of users show it; a NIC's name has no space in it. */
  String shown() {
    return isNic ? name : "endpoint " + name;
  }

  /** What it does with the endpoint, as the end of a sentence. */
  String use() {
    return isNic ? "is plugged to NIC " + name : "is held by endpoint " + name + ", around it";
  }
}
