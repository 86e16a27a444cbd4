import { z } from 'zod';

/** What labels are made of: the same for those that the configuration gives and those that an inventory finds. */

export const labelName = z.string().regex(/^[A-Za-z0-9_.:/-]{1,60}$/, 'must be letters, digits and _ . : / -');
export const labelValue = z
  .string()
  .regex(/^[A-Za-z0-9_.:/=*,@![\]-]{1,100}$/, 'must be letters, digits and _ . : / - = * , @ ! [ ]');
export const labels = z.record(labelName, labelValue);

export const hostName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,252}$/, 'must be a host name');
export const hostAddress = z.string().regex(/^[A-Za-z0-9._:%-]{1,253}$/, 'must be a host name or an IP address');
export const userName = z.string().regex(/^[A-Za-z0-9._@-]{1,64}$/, 'must be a user name');
