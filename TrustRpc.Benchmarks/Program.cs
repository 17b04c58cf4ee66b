Console.WriteLine("TrustRpc");
